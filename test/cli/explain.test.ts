/** Why branches stayed, in words. */
import { expect, test } from 'vitest';
import { parse } from '../../ir/index.ts';
import { rules, type Event } from '../../passes/index.ts';
import { printExplanation, printStayed } from '../../src/cli/explain.ts';
import { randomWeights } from '../support/random-weights.ts';
import { remedies, remedyFor } from '../../src/cli/remedies.ts';
import { block, feature, reparam, useFolder } from './cli.ts';

const folder = useFolder();
const explain = async (file: string): Promise<string> =>
  (await reparam('optimize', file, '-o', folder.path('o.onnx'), '--explain')).out;

const conditions = [
  ...new Set(rules.flatMap(({ sound, worth }) => [...Object.keys(sound), ...Object.keys(worth)])),
];

test('there is a remedy for each condition of each rule, and for no others', () => {
  expect(Object.keys(remedies).toSorted()).toEqual(conditions.toSorted());
  for (const remedy of Object.values(remedies)) expect(remedy).toMatch(/^[A-Z].{40,}\.$/);
});

test('a condition is found where figures follow it, but not within another', () => {
  for (const condition of conditions) {
    expect(remedyFor(condition)).toBe(remedies[condition]);
    expect(remedyFor(`${condition}: 1 against 2`)).toBe(remedies[condition]);
  }
  expect(remedyFor('the branches have different strides and more')).toBe('');
});

test('a sum that stays, its branches, the condition that failed, and what to do', async () => {
  const text = await explain(block('two-inputs-sum'));
  expect(text).toMatch(/^sum "[^"]+" keeps 2 branches: conv2d "[^"]+", conv2d "[^"]+"$/m);
  expect(text).toMatch(/^ {2}\S+ \(with [^)]+\): the branches read different tensors$/m);
  expect(text).toContain(`-> ${remedies['the branches read different tensors']}`);
});

test('each reason once, with all the nodes that it is about', () => {
  const text = `graph g(%x: f32[1,2], %z: f32[1,2]) {
    %a = relu %x
    %s = sum %a, %x, %z
    return %s
  }`;
  const event = (...others: string[]): Event => ({
    kind: 'refused',
    pass: 'merge-branches',
    rule: 'sum-parallel-convs',
    node: 's',
    nodes: ['s', ...others],
    why: 'the branches read different tensors',
    condition: 'sound',
  });
  const log = [event('a', 'b'), event('a', 'c'), event('b', 'c')];
  const lines = printExplanation(parse(text, randomWeights()), log, []).split('\n');
  expect(lines).toEqual([
    'sum "s" keeps 3 branches: relu "a", the input "x", the input "z"',
    '  sum-parallel-convs (with "a", "b", "c"): the branches read different tensors',
    `    -> ${remedies['the branches read different tensors']}`,
  ]);
});

test('nothing stayed', async () => {
  expect(await explain(block('repvgg-block'))).toContain('No branch stayed');
  const { out } = await reparam('optimize', block('repvgg-block'), '-o', folder.path('o.onnx'));
  expect(out).toContain('no branch stayed');
});

test('one line where it was not asked for', async () => {
  const { out } = await reparam('optimize', block('two-inputs-sum'), '-o', folder.path('o.onnx'));
  expect(out).toMatch(/^2 branches stayed, at 1 sum \(--explain says why\)$/m);
  expect(out).not.toContain('keeps 2 branches');
});

test('operators that are not known, and why', async () => {
  const text = await explain(feature('custom-between'));
  expect(text).toMatch(/com\.example::Scale "[^"]+": is not supported/);
});

test('sums of what are no convolutions are explained, too', () => {
  const relu = (id: string, x: string) => ({
    id,
    op: 'relu' as const,
    inputs: [x],
    outputs: [{ id, dtype: 'f32' as const, shape: [1, 2] }] as const,
    attrs: {},
  });
  const graph = {
    name: 'g',
    inputs: [{ id: 'x', dtype: 'f32' as const, shape: [1, 2] }],
    nodes: [relu('a', 'x'), { ...relu('s', 'x'), op: 'add' as const, inputs: ['a', 'x'] }],
    outputs: [{ name: 's', value: 's' }],
    consts: {},
  };
  const text = printExplanation(graph, [], []);
  expect(text).toContain('sum "s" keeps 2 branches: relu "a", the input "x"');
  expect(text).toContain('none of these branches is a convolution');
  expect(printStayed(graph, [])).toContain('2 branches stayed');
});
