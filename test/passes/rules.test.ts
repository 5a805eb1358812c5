import { describe, expect, test } from 'vitest';
import { rules } from '../../passes/index.ts';
import { expectRewrite } from '../support/rewrite.ts';
import { cases } from './cases.ts';

test('every rule has cases of its own', () => {
  expect(Object.keys(cases)).toEqual(rules.map(({ name }) => name).toSorted());
  for (const own of Object.values(cases)) expect(Object.keys(own).length).toBeGreaterThan(0);
});

describe.each(rules.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
  test.each(Object.entries(cases[name] ?? {}))('%s', (_, { before, after }) => {
    expectRewrite(rule, before, after);
  });
});
