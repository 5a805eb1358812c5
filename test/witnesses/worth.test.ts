import { expect, test } from 'vitest';
import { addCosts, nodeCost, view, weigh, type Graph } from '../../ir/index.ts';
import { fixpoint, rules, runPasses } from '../../passes/index.ts';
import { expectSameMeaning, graphOf, run } from '../support/rewrite.ts';
import { wastes } from './worth.ts';

const weight = (graph: Graph): number =>
  weigh(addCosts(graph.nodes.map((node) => nodeCost(node, view(graph).shape))));

test('every condition of worth has one graph', () => {
  const conditions = rules.flatMap(({ name, worth }) =>
    Object.keys(worth).map((condition) => `${name}: ${condition}`),
  );
  const rows = wastes.map(({ rule, condition }) => `${rule}: ${condition}`);
  expect(rows.toSorted()).toEqual(conditions.toSorted());
});

test.each(wastes)('$rule refuses: $condition', ({ rule: name, condition, graph }) => {
  const { log } = run([fixpoint('all', rules)], graph);
  const own = log.filter(({ rule, kind }) => rule === name && kind === 'refused');
  expect(own).toHaveLength(1);
  expect(own[0]!.condition).toBe('worth');
  expect(own[0]!.why.startsWith(condition)).toBe(true);
});

test.each(wastes)('$rule would be a waste: $condition', ({ rule: name, condition, graph }) => {
  const spendthrift = rules.map((rule) => {
    const { [condition]: dropped, ...worth } = rule.worth;
    return rule.name === name && dropped ? { ...rule, worth } : rule;
  });
  const before = graphOf(graph);
  const thrifty = runPasses(before, [fixpoint('all', rules)]).graph;
  const after = runPasses(before, [fixpoint('all', spendthrift)]).graph;
  expectSameMeaning(before, after);
  expect(weight(after)).toBeGreaterThan(weight(thrifty));
});
