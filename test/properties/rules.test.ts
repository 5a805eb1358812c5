/** Every rule alone, and all of them together, keep the meaning of graphs made around what they match. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, printGraph, Tensor, type Graph } from '../../ir/index.ts';
import { fixpoint, materialiseWeights, pipeline, rules, runPasses } from '../../passes/index.ts';
import type { Event } from '../../passes/index.ts';
import { expectClose } from '../support/close.ts';
import { deepFreeze } from '../support/deep-freeze.ts';
import { randomInputs } from '../support/random-weights.ts';
import { expectSameMeaning, openSizes } from '../support/rewrite.ts';
import { arbitraryBlocks } from './blocks.ts';

const SEED = 20_261_122;
const exact = pipeline.filter((pass) => pass !== materialiseWeights);

const applied = (log: readonly Event[], rule: string): number =>
  log.filter((event) => event.kind === 'applied' && event.rule === rule).length;

test.each(rules.map((rule, i) => [rule.name, rule, i] as const))('%s alone', (name, rule, i) => {
  // The rules before it in the list bring about what it looks for.
  const earlier = fixpoint('earlier', rules.slice(0, i));
  let fired = 0;
  const property = fc.property(arbitraryBlocks(), (given) => {
    const { graph } = runPasses(given, [earlier]);
    const result = runPasses(graph, [fixpoint(name, [rule])]);
    fired += applied(result.log, name);
    expectSameMeaning(graph, result.graph);
  });
  fc.assert(property, { seed: SEED, numRuns: 200 });
  expect(fired).toBeGreaterThan(10);
});

test('the pipeline before rounding; every rule fires', () => {
  const fired = new Map<string, number>();
  const property = fc.property(arbitraryBlocks(), (graph) => {
    const result = runPasses(graph, exact);
    for (const { name } of rules) {
      fired.set(name, (fired.get(name) ?? 0) + applied(result.log, name));
    }
    expectSameMeaning(graph, result.graph);
  });
  fc.assert(property, { seed: SEED, numRuns: 400 });
  expect(rules.filter(({ name }) => (fired.get(name) ?? 0) <= 20)).toEqual([]);
});

const dataOf = ({ consts }: Graph): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(consts).map(([id, constant]) => {
      expect(constant).toBeInstanceOf(Tensor);
      return [id, [...(constant as Tensor).data]];
    }),
  );

test('the whole pipeline: rounded once, deterministic, complete, without a trace in its input', () => {
  const property = fc.property(arbitraryBlocks(), (graph) => {
    const [text, data] = [printGraph(graph), dataOf(graph)];
    const first = runPasses(deepFreeze(graph), pipeline);
    expect(printGraph(graph)).toBe(text);
    expect(dataOf(graph)).toEqual(data);
    expectSameMeaning(graph, first.graph, 1e-5);

    const second = runPasses(graph, pipeline);
    expect(printGraph(second.graph)).toBe(printGraph(first.graph));
    expect(dataOf(second.graph)).toEqual(dataOf(first.graph));
    expect(second.log).toEqual(first.log);

    const again = runPasses(first.graph, pipeline);
    expect(printGraph(again.graph)).toBe(printGraph(first.graph));
    expect(again.log.filter(({ kind }) => kind === 'applied')).toEqual([]);

    // What the weights would be without rounding, rounded.
    const unrounded = runPasses(graph, exact).graph;
    expect(dataOf(runPasses(unrounded, [materialiseWeights]).graph)).toEqual(dataOf(first.graph));
    const inputs = randomInputs(graph, openSizes(graph), 'other');
    expectClose(evaluate(unrounded, inputs), evaluate(graph, inputs));
  });
  fc.assert(property, { seed: SEED + 1, numRuns: 200 });
});
