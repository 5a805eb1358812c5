import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, graphStats, nodeCost, opNames, ops, parse, printGraph } from '../../ir/index.ts';
import { Tensor, verify, view, type Graph } from '../../ir/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { randomInputs } from '../support/random-weights.ts';
import { trySpecialise } from '../support/try-specialise.ts';

/** Freezes everything but typed arrays, which cannot be frozen. */
function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}

const bytesOf = (tensors: Readonly<Record<string, unknown>>) =>
  Object.values(tensors).map((t) => (t instanceof Tensor ? [...t.data] : []));

/** All that can be done to a graph. */
function runEverything(graph: Graph, dims: Record<string, number>): void {
  const fixed = trySpecialise(graph, dims);
  if (!fixed) return;
  verify(fixed);
  const inputs = randomInputs(graph, dims);
  deepFreeze(inputs);
  const before = bytesOf(inputs);
  verify(graph);
  const g = view(graph);
  graphStats(graph);
  graph.nodes.map((node) => nodeCost(node, g.shape));
  deepFreeze(parse(printGraph(graph), (id) => graph.consts[id]!));
  evaluate(graph, inputs);
  evaluate(fixed, inputs);
  expect(bytesOf(inputs)).toEqual(before);
}

test('nothing changes a graph, its weights, the inputs, or the defaults of an op', () => {
  deepFreeze(opNames.map((op) => ops[op].attrs));
  fc.assert(
    fc.property(arbitraryGraph({ symbolic: true, oddNames: true }), (graph) => {
      deepFreeze(graph);
      const before = bytesOf(graph.consts);
      runEverything(graph, { constructor: 2, ['__proto__']: 24, floor: 24 });
      expect(bytesOf(graph.consts)).toEqual(before);
    }),
    { numRuns: 100 },
  );
});
