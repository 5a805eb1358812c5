import { expect, test } from 'vitest';
import { evaluate } from '../../ir/index.ts';
import { fixpoint, rules, runPasses, type Rule } from '../../passes/index.ts';
import { relativeError } from '../support/close.ts';
import { randomInputs } from '../support/random-weights.ts';
import { run } from '../support/rewrite.ts';
import { witnesses, type Witness } from './sound.ts';

const ruleOf = (name: string): Rule => rules.find((rule) => rule.name === name)!;

test('every condition of soundness has one witness', () => {
  const conditions = rules.flatMap(({ name, sound }) =>
    Object.keys(sound).map((condition) => `${name}: ${condition}`),
  );
  const rows = witnesses.map(({ rule, condition }) => `${rule}: ${condition}`);
  expect(rows.toSorted()).toEqual(conditions.toSorted());
});

test.each(witnesses)('$rule refuses: $condition', ({ rule: name, condition, graph }) => {
  const { log } = run([fixpoint(name, [ruleOf(name)])], graph);
  expect(log).toEqual([
    expect.objectContaining({ kind: 'refused', condition: 'sound', why: condition }),
  ]);
});

/** The graph, and what the rule makes of it without the condition. */
function force({ rule: name, condition, graph }: Witness) {
  const { [condition]: _, ...sound } = ruleOf(name).sound;
  const { before } = run([], graph);
  const careless = fixpoint(name, [{ ...ruleOf(name), sound }]);
  const { graph: after, log } = runPasses(before, [careless]);
  expect(log.map(({ kind }) => kind)).toContain('applied');
  const inputs = randomInputs(before);
  return { expected: evaluate(before, inputs).y!, actual: evaluate(after, inputs).y! };
}

const failing = witnesses.filter(({ error }) => error);
const differing = witnesses.filter(({ error }) => !error);

test.each(failing)('$rule would fail: $condition', (witness) => {
  expect(() => force(witness)).toThrow(witness.error);
});

test.each(differing)('$rule would be wrong: $condition', (witness) => {
  const { expected, actual } = force(witness);
  expect(relativeError(actual, expected)).toBeGreaterThan(1e-3);
});
