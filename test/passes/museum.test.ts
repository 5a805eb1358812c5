/** Mistakes that published systems have made, each with the graph that shows it. */
import { expect, test } from 'vitest';
import { printGraph, toFloat64, type OpName } from '../../ir/index.ts';
import { pipeline } from '../../passes/index.ts';
import { expectSameMeaning, run, type Outcome } from '../support/rewrite.ts';

/** Through the pipeline, with the assertion that the meaning stays. */
function compiled(text: string): Outcome & { readonly ops: readonly OpName[] } {
  const outcome = run(pipeline, text);
  expectSameMeaning(outcome.before, outcome.graph, 1e-6);
  return { ...outcome, ops: outcome.graph.nodes.map(({ op }) => op) };
}

const bn = (name: string, channels: number): string =>
  ['gamma', 'beta', 'mean', 'var'].map((p) => `const %${name}.${p} : f32[${channels}]`).join('\n');
const bnOf = (name: string, x: string): string =>
  `batchNorm ${x}, %${name}.gamma, %${name}.beta, %${name}.mean, %${name}.var {epsilon=0.1}`;

test('YOLOv7: an identity at groups = 2 fills every row, not the first half', () => {
  const { graph, ops } = compiled(`graph g(%x: f32[1,4,1,1]) {
    const %w : f32[4,2,1,1]
    %c = conv2d %x, %w {group=2}
    %y = sum %c, %x
    return %y
  }`);
  expect(ops).toEqual(['conv2d']);
  const given = [
    ...toFloat64(
      run([], 'graph g(%x: f32[1]) {\nconst %w : f32[4,2,1,1]\nreturn %x\n}').graph.consts.w!,
    ),
  ];
  const added = [...toFloat64(Object.values(graph.consts)[0]!)].map((w, i) =>
    Math.round(w - given[i]!),
  );
  expect(added).toEqual([1, 0, 0, 1, 1, 0, 0, 1]);
});

test.each([
  ['timm: the merged convolution of a RepVGG block keeps its padding', 3, 1],
  ['RepLKNet: so does that of a large kernel with a small one', 7, 3],
])('%s', (_, kernel, pad) => {
  const { graph } = compiled(`graph g(%x: f32[1,2,7,7]) {
    const %v : f32[2,1,${kernel},${kernel}]
    const %w : f32[2,1,1,1]
    %c = conv2d %x, %v {pads=[${pad},${pad},${pad},${pad}], group=2}
    %d = conv2d %x, %w {group=2}
    %y = sum %c, %d
    return %y
  }`);
  const pads = [pad, pad, pad, pad];
  expect(graph.nodes).toEqual([
    expect.objectContaining({ attrs: expect.objectContaining({ pads }) as unknown }),
  ]);
});

test('UniRepLKNet: pads, strides, dilations and groups of dilated branches stay what they are', () => {
  const { graph, ops } = compiled(`graph g(%x: f32[1,4,9,9]) {
    const %a : f32[4,1,5,5]
    const %b : f32[4,1,3,3]
    const %c : f32[4,1,3,3]
    %p = conv2d %x, %a {pads=[2,2,2,2], group=4}
    %q = conv2d %x, %b {pads=[2,2,2,2], dilations=[2,2], group=4}
    %r = conv2d %x, %c {pads=[1,1,1,1], group=4}
    %y = sum %p, %q, %r
    return %y
  }`);
  expect(ops).toEqual(['conv2d']);
  const attrs = { strides: [1, 1], pads: [2, 2, 2, 2], dilations: [1, 1], group: 4 };
  expect(graph.nodes[0]!.attrs).toMatchObject(attrs);
});

test('parallel convolutions at groups = 2 are not one by concatenation', () => {
  const { ops } = compiled(`graph g(%x: f32[1,4,3,3]) {
    const %v : f32[4,2,1,1]
    const %w : f32[4,2,1,1]
    %c = conv2d %x, %v {group=2}
    %d = conv2d %x, %w {group=2}
    %y = concat %c, %d {axis=1}
    return %y
  }`);
  expect(ops).toEqual(['conv2d', 'conv2d', 'concat']);
});

test('ReLU6 keeps its upper bound', () => {
  const { graph } = compiled(`graph g(%x: f32[1,2,3,3]) {
    const %w : f32[2,2,1,1]
    %c = conv2d %x, %w
    %y = clip %c {min=0, max=0.5}
    return %y
  }`);
  expect(printGraph(graph)).toContain('act="clip", actParams=[0,0.5]');
});

test('a 1x1 with a bias before a padded 3x3 stays apart: at the border it would be another function', () => {
  const { ops } = compiled(`graph g(%x: f32[1,2,4,4]) {
    const %v : f32[2,2,1,1]
    const %b : f32[2]
    const %w : f32[2,2,3,3]
    %c = conv2d %x, %v, %b
    %y = conv2d %c, %w {pads=[1,1,1,1]}
    return %y
  }`);
  expect(ops).toEqual(['conv2d', 'conv2d']);
});

test('a BatchNorm before a padded convolution is not folded into it', () => {
  const { ops } = compiled(`graph g(%x: f32[1,2,4,4]) {
    ${bn('n', 2)}
    const %w : f32[2,2,3,3]
    %c = ${bnOf('n', '%x')}
    %y = conv2d %c, %w {pads=[1,1,1,1]}
    return %y
  }`);
  expect(ops).toEqual(['batchNorm', 'conv2d']);
});

test('statistics of the batch are not constants to fold', () => {
  const { ops } = compiled(`graph g(%x: f32[1,2,4,4], %mean: f32[2]) {
    const %w : f32[2,2,1,1]
    const %gamma : f32[2]
    const %beta : f32[2]
    const %var : f32[2]
    %c = conv2d %x, %w
    %y = batchNorm %c, %gamma, %beta, %mean, %var
    return %y
  }`);
  expect(ops).toEqual(['conv2d', 'batchNorm']);
});

test("a convolution's bias before a BatchNorm is scaled as well", () => {
  const { ops } = compiled(`graph g(%x: f32[1,2,4,4]) {
    const %w : f32[2,2,1,1]
    const %b : f32[2]
    ${bn('n', 2)}
    %c = conv2d %x, %w, %b
    %y = ${bnOf('n', '%c')}
    return %y
  }`);
  expect(ops).toEqual(['conv2d']);
});

test('a branch of 1x1 that an addition broadcasts is not summed with the others', () => {
  const { ops } = compiled(`graph g(%x: f32[1,2,4,4]) {
    const %v : f32[2,2,1,1]
    const %w : f32[2,2,1,1]
    %c = conv2d %x, %v
    %m = globalAveragePool %x
    %d = conv2d %m, %w
    %y = add %c, %d
    return %y
  }`);
  expect(ops).toEqual(['conv2d', 'globalAveragePool', 'conv2d', 'add']);
});

test("an identity branch of another tensor than the convolution's input stays", () => {
  const { ops, log } = compiled(`graph g(%z: f32[1,2,4,4]) {
    const %w : f32[2,2,1,1]
    %x = relu %z
    %c = conv2d %x, %w
    %y = sum %c, %z
    return %y
  }`);
  expect(ops).toEqual(['relu', 'conv2d', 'sum']);
  expect(log.map(({ rule, why }) => `${rule}: ${why}`)).toEqual([
    'identity-to-conv: the branch is not the tensor that the convolution reads, nor its BatchNorm or per-channel scale',
  ]);
});

test.each([true, false])(
  'an average pool that counts padding or not (%s) stays a pool',
  (counts) => {
    const { ops } = compiled(`graph g(%x: f32[1,2,4,4]) {
    const %w : f32[2,2,3,3]
    %c = conv2d %x, %w {pads=[1,1,1,1]}
    %p = averagePool %x {kernel_shape=[3,3], pads=[1,1,1,1], count_include_pad=${counts}}
    %y = sum %c, %p
    return %y
  }`);
    expect(ops).toEqual(['conv2d', 'averagePool', 'sum']);
  },
);

/** %s is scaled by a function of its own mean: conv, sigmoid, mul. */
const squeezeAndExcite = `%m = globalAveragePool %s
    %h = conv2d %m, %v
    %k = sigmoid %h
    %e = mul %s, %k`;

test.each([
  [
    'RepVGG: between the sum and the ReLU',
    `%s = sum %c, %d\n${squeezeAndExcite}\n%y = relu %e`,
    'none',
  ],
  [
    'RepVGGplus: after the ReLU',
    `%t = sum %c, %d\n%s = relu %t\n${squeezeAndExcite}\n%y = identity %e`,
    'relu',
  ],
])('squeeze and excitation ends a block. %s', (_, body, act) => {
  const { graph, ops } = compiled(`graph g(%x: f32[1,2,4,4]) {
    const %w : f32[2,2,3,3]
    const %u : f32[2,2,1,1]
    const %v : f32[2,2,1,1]
    %c = conv2d %x, %w {pads=[1,1,1,1]}
    %d = conv2d %x, %u
    ${body}
    return %y
  }`);
  expect(ops.slice(0, 4)).toEqual(['conv2d', 'globalAveragePool', 'conv2d', 'mul']);
  expect(graph.nodes[0]!.attrs).toMatchObject({ act });
});
