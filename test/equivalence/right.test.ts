/** The check passes what is right. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../ir/index.ts';
import { pipeline } from '../../passes/index.ts';
import { checkEquivalence, compile, parseCheckpoint, readOnnx, zoo } from '../../src/index.ts';
import { deployStateDict, loadStateDict, ReparamError, type Equivalence } from '../../src/index.ts';
import { arbitraryBlocks } from '../properties/blocks.ts';
import { blockBytes, blockNames, trainedOnnx } from '../fixtures/onnx-blocks.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { graphOf } from '../support/rewrite.ts';

const check = (source: Graph, seed = 0): Promise<Equivalence> =>
  checkEquivalence(source, compile(source).graph, { seed });

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

test.each(['repvgg-a0', 'mobileone-s0', 'repvgg-b1g4'] as const)('zoo: %s', async (name) => {
  const input = ['N', 3, 'H', 'W'];
  const narrow = name === 'repvgg-b1g4' ? { input: ['N', 3, 32, 32] } : { input };
  void narrow;
  const { ok } = await check(zoo[name]({ input }));
  expect(ok).toBe(true);
});
void parseCheckpoint;
void deployStateDict;
void loadStateDict;
void pipeline;
void graphOf;

describe('generated', () => {
  test.each([
    ['graphs', arbitraryGraph(), 1000],
    ['graphs of open sizes', arbitraryGraph({ symbolic: true }), 500],
    ['oddly named graphs', arbitraryGraph({ symbolic: true, oddNames: true }), 300],
    ['blocks', arbitraryBlocks(), 400],
  ] as const)('%s', async (_, graphs, numRuns) => {
    let rewritten = 0;
    const property = fc.asyncProperty(graphs, fc.nat(), async (graph, seed) => {
      const { ok, worst } = await check(graph, seed);
      expect(ok).toBe(true);
      if (worst) rewritten++;
    });
    await fc.assert(property, { seed: 11, numRuns });
    expect(rewritten).toBeGreaterThan(numRuns / 4);
  });
});
