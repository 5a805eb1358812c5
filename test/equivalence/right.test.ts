/** The check passes what is right. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verify, type Graph, type Node } from '../../ir/index.ts';
import { checkEquivalence, compile, readOnnx, zoo } from '../../src/index.ts';
import { ReparamError, type Equivalence } from '../../src/index.ts';
import { blockBytes, blockNames, trainedOnnx } from '../fixtures/onnx-blocks.ts';
import { arbitraryBlocks } from '../properties/blocks.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { graphOf } from '../support/rewrite.ts';

const check = (source: Graph, seed = 0): Promise<Equivalence> =>
  checkEquivalence(source, compile(source).graph, { seed });

/** Null where the reader does not know an operator of it. */
function tryRead(name: string): Graph | null {
  try {
    return readOnnx(blockBytes(name));
  } catch (error) {
    if (error instanceof ReparamError) return null;
    throw error;
  }
}
const readable = blockNames.filter((name) => tryRead(name));

test('most blocks are read', () => {
  expect(readable.length).toBeGreaterThan(18);
});

test.each(readable)('block %s', async (name) => {
  const { ok, maxAbsError, tolerance, outputScale } = await check(tryRead(name)!);
  expect({ ok, isSmall: tolerance <= 1e-6 * outputScale }).toEqual({ ok: true, isSmall: true });
  expect(maxAbsError).toBeLessThanOrEqual(tolerance);
});

test.each(['repvgg-article', 'repvgg-g2', 'mobileone'] as const)('trained %s', async (name) => {
  const { ok, method } = await check(readOnnx(trainedOnnx(name)));
  expect(ok).toBe(true);
  expect(method).toMatch(/^whole graph and \d+ rewritten regions$/);
});

test.each([
  ['repvgg-a0', 22],
  ['mobileone-s0', 43],
] as const)('zoo: %s', async (name, regions) => {
  const { ok, method } = await check(zoo[name]({ input: ['N', 3, 32, 32] }));
  expect({ ok, method }).toEqual({
    ok: true,
    method: `whole graph and ${regions} rewritten regions`,
  });
});

describe('generated', () => {
  test.each([
    ['graphs', arbitraryGraph(), 1000],
    ['graphs of open sizes', arbitraryGraph({ symbolic: true }), 500],
    ['oddly named graphs', arbitraryGraph({ symbolic: true, oddNames: true }), 300],
    ['blocks', arbitraryBlocks(), 150],
  ] as const)('%s', async (_, graphs, numRuns) => {
    let rewritten = 0;
    const property = fc.asyncProperty(graphs, fc.nat(), async (graph, seed) => {
      const { ok, worst } = await check(graph, seed);
      expect(ok).toBe(true);
      if (worst) rewritten++;
    });
    await fc.assert(property, { seed: 11, numRuns });
    expect(rewritten).toBeGreaterThan(numRuns / 10);
  });
});

test('a value may get the name of one that is gone', async () => {
  // The sum that takes the name y.conv is not the convolution that had it.
  const source = graphOf(`graph g(%x: f32[1,2,5,5], %z: f32[1,2,5,5]) {
    const %v : f32[2,2,3,3]
    const %w : f32[2,2,1,1]
    const %u : f32[2,2,3,3]
    const %s : f32[2]
    const %t : f32[2]
    const %m : f32[2]
    const %var : f32[2]
    %y.conv = conv2d %x, %v {pads=[1,1,1,1]}
    %a = batchNorm %y.conv, %s, %t, %m, %var
    %b = conv2d %x, %w
    %c = conv2d %z, %u {pads=[1,1,1,1]}
    %d = maxPool %z {kernel_shape=[3,3], pads=[1,1,1,1]}
    %y = sum %a, %b, %c, %d
    return %y
  }`);
  const { graph } = compile(source);
  const [last, sum] = [graph.nodes.at(-1)!, graph.nodes.at(-2)!];
  expect(last.inputs).toContain(sum.id);
  const outputs: Node['outputs'] = [{ ...sum.outputs[0], id: 'y.conv' }];
  const nodes = [
    ...graph.nodes.slice(0, -2),
    { ...sum, id: 'y.conv', outputs },
    { ...last, inputs: last.inputs.map((id) => (id === sum.id ? 'y.conv' : id)) },
  ];
  const renamed = verify({ ...graph, nodes });
  expect((await checkEquivalence(source, renamed)).ok).toBe(true);
});

test('dead channels, with weights below what float32 holds', async () => {
  const source = graphOf(`graph g(%x: f32[1,2,3,3]) {
    const %w : f32[2,2,1,1]
    const %s : f32[2]
    const %t : f32[2]
    const %m : f32[2]
    const %var : f32[2]
    %c = conv2d %x, %w
    %y = batchNorm %c, %s, %t, %m, %var
    return %y
  }`);
  const { s, t } = source.consts as unknown as Record<'s' | 't', { data: Float32Array }>;
  s.data.set([3e-41, 7e-45]);
  t.data.set([0, 0]);
  expect((await check(source)).ok).toBe(true);
});
