/** What can be merged is merged, or the log says what it would have cost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isActivation, type Graph, type NodeOf } from '../../ir/index.ts';
import { pipeline, runPasses } from '../../passes/index.ts';
import { arbitraryBlocks } from './blocks.ts';

const convsOf = ({ nodes }: Graph): NodeOf<'conv2d'>[] =>
  nodes.filter((node): node is NodeOf<'conv2d'> => node.op === 'conv2d');

/** What branches must have in common to be merged. */
const classOf = ({ inputs, attrs }: NodeOf<'conv2d'>): string =>
  JSON.stringify([inputs[0], attrs.strides]);

test('one convolution is left of each class in a sum, or the figures that speak against it', () => {
  const counts = { whole: 0, refused: 0 };
  const kinds = ['conv', 'conv', 'conv', 'identity', 'scales'] as const;
  const property = fc.property(arbitraryBlocks({ kinds }), (graph) => {
    // Activated branches, padding values and groups are the business of other tests.
    fc.pre(
      graph.outputs.length === 1 &&
        convsOf(graph).length > 1 &&
        convsOf(graph).every(
          (c) => c.attrs.act === 'none' && c.attrs.group === 1 && !c.inputs[3],
        ) &&
        !graph.nodes.some(({ op }) => isActivation(op)),
    );
    const result = runPasses(graph, pipeline);
    const classes = convsOf(result.graph).map(classOf);
    if (new Set(classes).size === classes.length) {
      counts.whole++;
      return;
    }
    counts.refused++;
    const figures = result.log.filter(
      ({ kind, condition, why }) =>
        kind === 'refused' && condition === 'worth' && /multiply-adds.* against .*bytes/.test(why),
    );
    expect(figures.length).toBeGreaterThan(0);
  });
  fc.assert(property, { seed: 7, numRuns: 200, maxSkipsPerRun: 10_000 });
  expect(counts.whole).toBeGreaterThan(150);
});
