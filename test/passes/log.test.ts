/** What users are told. */
import { expect, test } from 'vitest';
import { pipeline, printLog } from '../../passes/index.ts';
import { graphOf, run } from '../support/rewrite.ts';
import { runPasses } from '../../passes/index.ts';

const logOf = (text: string): string[] => printLog(run(pipeline, text).log).split('\n');

test('what was applied, in order, with the nodes concerned and no constants', () => {
  expect(
    logOf(`graph g(%x: f32[1,2,4,4]) {
      const %w : f32[2,2,3,3]
      const %v : f32[2,2,1,1]
      const %s : f32[2,1,1]
      %c = conv2d %x, %w {pads=[1,1,1,1]}
      %m = mul %s, %c @"the scale"
      %d = conv2d %x, %v
      %a = add %m, %d
      %y = relu %a
      return %y
    }`),
  ).toEqual([
    'applied add-to-sum at a, the scale, d: add(a, b) = sum(a, b) where neither is broadcast',
    'applied fold-scale at the scale, c: s conv(x, W, b) = conv(x, s W, s b),  s one factor per channel',
    'applied pad-1x1-to-3x3 at a, the scale, d: conv(x, W) = conv(x, W among zeros), with pads such that the taps read the same places',
    'applied sum-parallel-convs at a, the scale, d.padded: conv(x, A, a) + conv(x, B, b) = conv(x, A + B, a + b)',
    'applied fuse-relu at y, a: act(f(x)) = f(x) with act applied to each element before it is stored',
  ]);
});

test('what was refused, once, and only where it stands in the end', () => {
  expect(
    logOf(`graph g(%x: f32[1,2,4,4], %z: f32[1,2,4,4]) {
      const %u : f32[2,2,1,1]
      const %v : f32[2,2,1,1]
      const %w : f32[2,2,1,1]
      %c = conv2d %x, %u
      %d = conv2d %z, %v
      %e = conv2d %x, %w
      %p = maxPool %x {kernel_shape=[3,3], pads=[1,1,1,1]}
      %y = sum %c, %p, %d, %p, %e
      return %y
    }`).filter((line) => line.startsWith('refused')),
  ).toEqual([
    'refused sum-parallel-convs at y, y.conv, d: the branches read different tensors',
    ...['y.conv', 'd'].map(
      (conv) =>
        `refused identity-to-conv at y, ${conv}, p: the branch is not the tensor that the convolution reads, nor its BatchNorm or per-channel scale`,
    ),
  ]);
});

test('a graph that is plain already has nothing to say', () => {
  const text = 'graph g(%x: f32[2]) {\n%y = relu %x\nreturn %y\n}';
  expect(run(pipeline, text).log).toEqual([]);
  const graph = graphOf(text);
  expect(runPasses(graph, pipeline).graph).toBe(graph);
});

test('events are plain data that hold no weights', () => {
  const { log } = run(
    pipeline,
    'graph g(%x: f32[1,2,4,4]) {\nconst %w : f32[2,2,1,1]\n%c = conv2d %x, %w\n%y = sum %c, %x\nreturn %y\n}',
  );
  expect(log.length).toBeGreaterThan(0);
  expect(JSON.parse(JSON.stringify(log))).toEqual(log);
});
