/** Transposed convolutions of one tensor that are added are merged as others are, and compute the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Graph } from '../../ir/index.ts';
import { materialiseWeights, pipeline, runPasses } from '../../passes/index.ts';
import { expectSameMeaning, run } from '../support/rewrite.ts';
import { arbitraryBlocks } from './blocks.ts';

const exact = pipeline.filter((pass) => pass !== materialiseWeights);
const kinds = ['transposed', 'transposed', 'transposedThen', 'residual'] as const;

const transposedIn = ({ nodes }: Graph) =>
  nodes.filter(({ op }) => op === 'convTranspose2d').length;

const sumOf = (c: string, d: string) =>
  run(
    exact,
    `graph g(%x: f32[1,2,4,4]) {
      const %v : f32[2,2,2,1]
      const %w : f32[2,2,1,1]
      %c = convTranspose2d %x, ${c}
      %d = convTranspose2d %x, ${d}
      %y = sum %c, %d
      return %y
    }`,
  );

test('output padding may be as much as the dilation allows', () => {
  const dilated = '{dilations=[3,1], output_padding=[2,0]}';
  const { before, graph } = sumOf(`%v ${dilated}`, `%v ${dilated}`);
  expect(graph.nodes).toMatchObject([
    { op: 'convTranspose2d', attrs: { dilations: [3, 1], output_padding: [2, 0] } },
  ]);
  expectSameMeaning(before, graph);
});

test('what would need more output padding than there may be stays', () => {
  // Taps at 0 and 3, and at -1; each ends where the output does by its own. Together they are one pixel apart.
  const c = '%v {dilations=[3,1], output_padding=[2,0]}';
  const d = '%w {dilations=[8,1], pads=[1,0,0,0], output_padding=[6,0]}';
  const { graph } = sumOf(c, d);
  expect(graph.nodes.map(({ id }) => id)).toEqual(['c', 'd', 'y']);
});

test('sums of transposed convolutions before and after', () => {
  const counts = { aligned: 0, grown: 0, padded: 0, grouped: 0 };
  const property = fc.property(arbitraryBlocks({ kinds, base: 'transposed' }), (graph) => {
    const { graph: plain, log } = runPasses(graph, exact);
    expectSameMeaning(graph, plain);
    const applied = log.filter(({ kind }) => kind === 'applied').map(({ rule }) => rule);
    if (transposedIn(plain) === transposedIn(graph)) return;
    counts[applied.includes('pad-1x1-to-3x3') ? 'grown' : 'aligned']++;
    for (const { op, attrs } of plain.nodes) {
      if (op !== 'convTranspose2d') continue;
      if (attrs.output_padding.some((more) => more > 0)) counts.padded++;
      if (attrs.group > 1) counts.grouped++;
    }
  });
  fc.assert(property, { seed: 20_261_122, numRuns: 600 });
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(10);
});
