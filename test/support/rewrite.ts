/** Graphs before and after a rule or a pass, as text, with the assertion that they compute the same. */
import { expect } from 'vitest';
import { evaluate, parse, printGraph, verify, type Graph } from '../../ir/index.ts';
import { fixpoint, runPasses, type Event, type Pass, type Rule } from '../../passes/index.ts';
import { expectClose } from './close.ts';
import { randomInputs, randomWeights } from './random-weights.ts';

/** The graph of the text, with random weights. */
export const graphOf = (text: string): Graph => verify(parse(text, randomWeights()));

/** The text as `printGraph` would write it: with all types, however it is indented. */
export const normalised = (text: string): string => printGraph(graphOf(text));

export interface Outcome {
  readonly before: Graph;
  readonly graph: Graph;
  readonly log: readonly Event[];
}

export function run(passes: readonly Pass[], text: string): Outcome {
  const before = graphOf(text);
  return { before, ...runPasses(before, passes) };
}

/** Sizes for whatever symbols the graph has. */
const sizes: Readonly<Record<string, number>> = { N: 2, H: 6, W: 7 };

/** The sizes in it that the graph's inputs leave open. */
export function openSizes({ inputs }: Graph): Record<string, number> {
  const open = new Set(inputs.flatMap(({ shape }) => shape));
  return Object.fromEntries(Object.entries(sizes).filter(([symbol]) => open.has(symbol)));
}

export function expectSameMeaning(before: Graph, after: Graph, tolerance = 1e-10): void {
  const inputs = randomInputs(before, openSizes(before));
  expectClose(evaluate(after, inputs), evaluate(before, inputs), tolerance);
}

/** The rule alone turns the one into the other, which computes the same and is the end of it. */
export function expectRewrite(rule: Rule, before: string, after: string): void {
  const alone = fixpoint(rule.name, [rule]);
  const outcome = run([alone], before);
  expect(printGraph(outcome.graph)).toBe(normalised(after));
  expectSameMeaning(outcome.before, outcome.graph);
  expect(outcome.log.map((event) => `${event.kind} ${event.rule}`)).toContain(
    `applied ${rule.name}`,
  );
  expect(runPasses(outcome.graph, [alone]).graph).toBe(outcome.graph);
}
