/** Passes chosen by name. */
import { expect, test } from 'vitest';
import { parse } from '../../ir/index.ts';
import { pipeline, rules, runPasses } from '../../passes/index.ts';
import { choosePasses, passNames } from '../../src/cli/passes.ts';
import { randomWeights } from '../support/random-weights.ts';

/** Two equal activations, an identity, a convolution that nobody reads, and one that is activated. */
const text = `graph g(%x: f32[1,2,3,3]) {
  const %w : f32[2,2,1,1]
  %unused = conv2d %x, %w
  %c = conv2d %x, %w
  %d = relu %c
  %i = identity %d
  %a = sigmoid %i
  %b = sigmoid %i
  %y = mul %a, %b
  return %y
}`;

const opsAfter = (...names: string[]): string[] =>
  runPasses(parse(text, randomWeights()), choosePasses(names)).graph.nodes.map(({ op }) => op);

test('each does its own and nothing else', () => {
  const all = ['conv2d', 'conv2d', 'relu', 'identity', 'sigmoid', 'sigmoid', 'mul'];
  const without = (op: string) => all.filter((one, i) => one !== op || all.indexOf(op) !== i);
  expect(opsAfter('materialise-weights')).toEqual(all);
  expect(opsAfter('dead-code')).toEqual(without('conv2d'));
  // Nobody reads what the first of two equal nodes stands for.
  expect(opsAfter('common-subexpressions')).toEqual([
    'conv2d',
    'relu',
    'identity',
    'sigmoid',
    'mul',
  ]);
  expect(opsAfter('drop-identity')).not.toContain('identity');
  expect(opsAfter('canonicalise')).toEqual(opsAfter('drop-identity'));
  expect(opsAfter('fuse-relu')).not.toContain('relu');
  expect(opsAfter('fuse-relu')).toContain('identity');
});

test('all of them are the pipeline', () => {
  const whole = runPasses(parse(text, randomWeights()), pipeline).graph.nodes;
  expect(opsAfter(...passNames)).toEqual(whole.map(({ op }) => op));
  expect(opsAfter('dead-code', 'fold-constants', 'merge')).toEqual(opsAfter(...passNames));
});

test('every rule has its name among them', () => {
  expect(passNames).toEqual(expect.arrayContaining(rules.map(({ name }) => name)));
});
