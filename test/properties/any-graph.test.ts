/** The pipeline on graphs of every op, with the names and open sizes that trip a careless table. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, printGraph, specialise, symbolsOf } from '../../ir/index.ts';
import { pipeline, runPasses } from '../../passes/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { expectClose } from '../support/close.ts';
import { randomInputs } from '../support/random-weights.ts';

test.each([
  ['plain', {}],
  ['symbolic', { symbolic: true }],
  ['oddly named', { oddNames: true }],
  ['symbolic and oddly named', { symbolic: true, oddNames: true }],
])('%s', (_, options) => {
  const property = fc.property(arbitraryGraph(options), (graph) => {
    const result = runPasses(graph, pipeline).graph;
    expect(printGraph(runPasses(result, pipeline).graph)).toBe(printGraph(result));
    const sizes = [2, 9, 10];
    const dims = Object.fromEntries(symbolsOf(graph).map((symbol, i) => [symbol, sizes[i]!]));
    const inputs = randomInputs(graph, dims);
    const fixed = specialise(graph, dims);
    expectClose(evaluate(specialise(result, dims), inputs), evaluate(fixed, inputs), 1e-5);
  });
  fc.assert(property, { seed: 3, numRuns: 150 });
});
