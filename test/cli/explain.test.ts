/** Why branches stayed, in words. */
import { expect, test } from 'vitest';
import { parse } from '../../ir/index.ts';
import { rules, type Event } from '../../passes/index.ts';
import { compile } from '../../src/index.ts';
import { printExplanation, printStayed } from '../../src/cli/explain.ts';
import { listOpaque } from '../../src/cli/opaque-text.ts';
import { randomWeights } from '../support/random-weights.ts';
import { remedies, remedyFor } from '../../src/cli/remedies.ts';
import { block, feature, reparam, reparamJson, useFolder } from './cli.ts';

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
    const %c : f32[2]
    %a = batchNorm %x, %c, %c, %c, %c : f32[1,2]
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
    'sum "s" keeps 3 branches: batchNorm "a", the input "x", the input "z"',
    '  sum-parallel-convs (with "a", "b", "c"): the branches read different tensors',
    `    -> ${remedies['the branches read different tensors']}`,
  ]);
});

test('nothing stayed', async () => {
  expect(await explain(block('repvgg-block'))).toContain('No branch stayed');
  const { out } = await reparam('optimize', block('repvgg-block'), '-o', folder.path('o.onnx'));
  expect(out).toContain('no branch stayed');
});

const right = ' -> It folds into a convolution right before it only.';

test('a BatchNorm that stays, and why', async () => {
  const text = await explain(block('affine-before-padded-conv'));
  const name = '/0/BatchNormalization';
  expect(text).toContain(
    `batchNorm "${name}" stays as it is\n  it reads the input "input", so there is no convolution before it; ` +
      `nor can conv2d "/1/Conv" after it take it, since its padding is not normalised\n   ${right}`,
  );
  expect(text).not.toContain('No branch stayed');
  const args = ['-o', folder.path('o.onnx')];
  const { out } = await reparam('optimize', block('affine-before-padded-conv'), ...args);
  expect(out).toMatch(/^1 normalisation or scale stayed \(--explain says why\)$/m);
});

test('normalisations and scales that stay, but no other products', () => {
  const graph = parse(
    `graph g(%x: f32[1,2,3,3], %w: f32[2,2,1,1]) {
      const %c : f32[2]
      const %s : f32[2,1,1]
      const %one : f32[1]
      const %whole : f32[1,2,3,3]
      const %v : f32[2,2,1,1]
      %a = relu %x @a
      %b = mul %a, %s @scale
      %d = mul %s, %b @scale2
      %e = mul %d, %one @scalar
      %f = mul %e, %whole @each
      %h = mul %f, %a @computed
      %i = conv2d %h, %w @conv
      %k = batchNorm %i, %c, %c, %c, %c @bn
      %l = relu %k @relu
      %m = batchNorm %l, %c, %c, %c, %c @bn2
      %y = conv2d %m, %v @last
      return %y
    }`,
    randomWeights(),
  );
  const lines = printExplanation(graph, [], []).split('\n');
  expect(lines.filter((line) => line !== '' && !line.includes(right))).toEqual([
    'mul "scale" stays as it is',
    '  it follows relu "a", which is no convolution',
    'mul "scale2" stays as it is',
    '  it follows mul "scale", which is no convolution',
    'batchNorm "bn" stays as it is',
    '  not all weights of it and of conv2d "conv" are constants, or no pass that ran folds it',
    'batchNorm "bn2" stays as it is',
    '  it follows relu "relu", which is no convolution',
  ]);
  expect(printStayed(graph, [])).toBe('4 normalisations or scales stayed (--explain says why)');
});

test('of a BatchNorm at which a rule was refused, the refusal is told, once', () => {
  const graph = parse(
    `graph g(%x: f32[1,2,3,3]) {
      const %w : f32[2,2,1,1]
      const %c : f32[2]
      %a = conv2d %x, %w @a
      %b = batchNorm %a, %c, %c, %c, %c @bn
      return %a, %b
    }`,
    randomWeights(),
  );
  const { graph: same, log } = compile(graph);
  const why = 'the convolution has another user, which needs it as it is';
  expect(printExplanation(same, log, []).split('\n')).toEqual([
    '"bn" stays as it is',
    expect.stringContaining(why),
    `    -> ${remedies[why]}`,
  ]);
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

test('what follows from another operator that is not known is only counted', async () => {
  const name = feature('custom-beside-undeclared');
  const text = await explain(name);
  expect(text).toMatch(/^ {2}com\.example::Scale "scaled\/Scale": is not supported$/m);
  expect(text).toMatch(/^ {2}and 1 more that follows from them$/m);
  expect(text).not.toContain('total/Add');
  const ran = await reparam('run', name, '-i', 'x.npy');
  expect(ran.err).toContain('2 nodes cannot run on the GPU');
  expect(ran.err).toMatch(/^ {2}and 1 more that follows from them$/m);
  const { json } = await reparamJson('inspect', name);
  expect(json['opaque']).toHaveLength(2);
});

test('a node that reads what no operator gives is a cause', () => {
  const node = (name: string, reads: string, why: string) => ({
    name,
    op: 'Op',
    inputs: [reads],
    outputs: [`${name}.out`],
    why,
  });
  expect(
    listOpaque([
      node('a', 'x', 'reads "x", which is int64'),
      node('b', 'a.out', 'reads "a.out", which is int64'),
      node('c', 'b.out', 'reads "b.out", the shape of which is not known'),
      node('d', 'b.out', 'is not supported'),
    ]),
  ).toEqual([
    '  Op "a": reads "x", which is int64',
    '  Op "d": is not supported',
    '  and 2 more that follow from them',
  ]);
});

test('sums without a convolution or BatchNorm are no branches', () => {
  const graphOf = (nodes: string) =>
    parse(
      `graph g(%x: f32[1,2]) {\n const %c : f32[2]\n ${nodes}\n return %s\n }`,
      randomWeights(),
    );
  const skip = graphOf('%a = relu %x\n %s = add %a, %x');
  expect(printExplanation(skip, [], [])).toBe('No branch stayed: all that could be merged was.');
  expect(printStayed(skip, [])).toBe('no branch stayed');
  const residual = graphOf('%a = batchNorm %x, %c, %c, %c, %c\n %s = add %a, %x');
  const text = printExplanation(residual, [], []);
  expect(text).toContain('sum "s" keeps 2 branches: batchNorm "a", the input "x"');
  expect(text).toContain('none of these branches is a convolution');
  expect(printStayed(residual, [])).toContain('2 branches stayed');
});

test('a convolution beside a transposed one of the same tensor is no skip connection', () => {
  const graph = parse(
    `graph g(%x: f32[1,2,3,3]) {
      const %w : f32[2,2,1,1]
      %a = convTranspose2d %x, %w
      %b = conv2d %x, %w
      %s = sum %a, %b
      return %s
    }`,
    randomWeights(),
  );
  const { graph: same, log } = compile(graph);
  expect(printExplanation(same, log, []).split('\n').slice(0, 2)).toEqual([
    'sum "s" keeps 2 branches: convTranspose2d "a", conv2d "b"',
    '  a transposed convolution is merged with other ones of the same tensor only',
  ]);
});

test('transposed convolutions of different tensors stay, and why', () => {
  const graph = parse(
    `graph g(%x: f32[1,2,3,3], %z: f32[1,2,3,3]) {
      const %v : f32[2,2,3,3]
      const %w : f32[2,2,3,3]
      %a = convTranspose2d %x, %v
      %b = convTranspose2d %z, %w
      %s = sum %a, %b
      return %s
    }`,
    randomWeights(),
  );
  const { graph: same, log } = compile(graph);
  expect(printExplanation(same, log, []).split('\n').slice(0, 2)).toEqual([
    'sum "s" keeps 2 branches: convTranspose2d "a", convTranspose2d "b"',
    '  sum-parallel-convs (with "a", "b"): the branches read different tensors',
  ]);
});
