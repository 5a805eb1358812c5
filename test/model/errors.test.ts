import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ReparamError, tensor } from '../../ir/index.ts';
import {
  add,
  batchNorm,
  branches,
  conv2d,
  convTranspose2d,
  flatten,
  linear,
} from '../../src/model/index.ts';
import { avgPool2d, concat, gelu, hardSigmoid, leakyRelu } from '../../src/model/index.ts';
import { maxPool2d, model, named, parameter, relu, scale } from '../../src/model/index.ts';
import { sequential, softmax, sum } from '../../src/model/index.ts';
import type { Layer, Sym } from '../../src/model/index.ts';

const apply = (layer: Layer, shape: (number | string)[] = ['N', 10, 8, 8]) =>
  model('m', { x: shape }, ({ x }) => layer(x));

function errorOf(run: () => unknown): ReparamError {
  try {
    run();
  } catch (error) {
    if (error instanceof ReparamError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('wrong channels name the layer and what it was given', () => {
  const grouped = named('stage1', sequential([sequential({ conv: conv2d(6, 3, { groups: 3 }) })]));
  expect(errorOf(() => apply(grouped))).toMatchObject({
    code: 'shape',
    subject: 'stage1.0.conv',
    message:
      'conv2d "stage1.0.conv": "x" [N,10,8,8] has 10 channels, which groups=3 does not divide',
  });
});

test('transposed convolutions check what they are given', () => {
  const up = named('up', convTranspose2d(6, 3, { groups: 3 }));
  expect(errorOf(() => apply(up)).message).toBe(
    'convTranspose2d "up": "x" [N,10,8,8] has 10 channels, which groups=3 does not divide',
  );
  expect(() => convTranspose2d(4, 3, { groups: 3 })).toThrow('groups=3 does not divide out=4');
  expect(() => convTranspose2d(4, 3, { padding: 'same' as never })).toThrow(
    'padding="same" must be a number or several',
  );
  expect(() => convTranspose2d(4, 3, { outputPadding: -1 })).toThrow('an integer of at least 0');
  expect(() => apply(convTranspose2d(4, 3, { outputPadding: 1 }))).toThrow(
    'output_padding=[1,1] must be less than the stride or the dilation',
  );
  expect(() => apply(convTranspose2d(4, 3, { stride: 2 }), ['N', 4, 'H', 'W'])).toThrow(
    '2 times the size H, plus 1, cannot be expressed; give it as a number',
  );
});

test('branches of different shapes are both named', () => {
  const block = branches({ a: conv2d(4, 3), b: conv2d(4, 1) });
  expect(errorOf(() => apply(named('block', block)))).toMatchObject({
    code: 'shape',
    message:
      'sum "block.sum": "block.a" [N,4,6,6] and "block.b" [N,4,8,8] differ in shape; is padding missing? At stride 1, padding: \'same\' keeps the size',
  });
  expect(() => apply(branches([conv2d(4, 1), conv2d(8, 1)]))).toThrow(
    'differ in shape; give both the same number of channels',
  );
  expect(() => apply(branches([conv2d(4, 1), conv2d(8, 3)]))).toThrow(/differ in shape$/);
  expect(() => apply((x) => add(x, maxPool2d(2)(x)))).toThrow(
    'add "add": a [N,10,8,8] and b [N,10,4,4] do not broadcast',
  );
});

test('what the graph refuses names the layer', () => {
  expect(() => apply(named('down', maxPool2d(9)))).toThrow(/maxPool "down": a kernel of 9x9/);
  expect(() => apply(named('bn', batchNorm()), [3])).toThrow(
    '"x" [3] has no fixed number of channels',
  );
  expect(() => apply(named('head', linear(10)), ['N', 'C'])).toThrow(
    'linear "head": "x" [N,C] has no fixed size on its last axis; pool before',
  );
  expect(() => apply(flatten({ startDim: 4 }))).toThrow(
    'flatten "flatten": [N,10,8,8] has no axis 4',
  );
  expect(() => apply(flatten({ startDim: 2, endDim: 1 }))).toThrow('is after endDim=1');
});

test('options are checked where the layer is made', () => {
  expect(() => conv2d(0, 3)).toThrow('conv2d: out=0 must be an integer of at least 1');
  expect(() => conv2d(4, 3, { groups: 3 })).toThrow('conv2d: groups=3 does not divide out=4');
  expect(() => conv2d(4, [3, 0])).toThrow('conv2d: kernel=[3,0] must be an integer of at least 1');
  expect(() => conv2d(4, 3, { stride: 1.5 })).toThrow('conv2d: stride=1.5');
  expect(() => conv2d(4, 3, { padding: -1 })).toThrow('conv2d: padding=-1');
  expect(() => conv2d(4, 3, { stride: 2, padding: 'same' })).toThrow('stride 1 only');
  expect(() => linear(NaN)).toThrow('linear: out=NaN');
  expect(() => maxPool2d(2, { stride: 0 })).toThrow('maxPool2d: stride=0');
  expect(() => sequential({ a: relu, '1': relu })).toThrow('"1" as a key loses its place');
  expect(() => apply(() => sum())).toThrow('sum needs a tensor');
});

test('arguments that are missing or of another kind', () => {
  const message = (run: () => unknown) => errorOf(run).message;
  expect(message(() => conv2d(8, undefined as never))).toContain('conv2d: kernel=undefined must');
  expect(message(() => conv2d(8, null as never))).toContain('conv2d: kernel=null must be');
  expect(message(() => conv2d(8, '3' as never))).toContain('conv2d: kernel="3" must be');
  expect(message(() => conv2d(8, 3, 1 as never))).toContain(
    'conv2d: the options 1 must be an object',
  );
  expect(message(() => maxPool2d(undefined as never))).toContain('maxPool2d: kernel=undefined');
  expect(message(() => branches({}))).toBe('branches needs at least one layer');
  expect(message(() => sequential([relu, 5] as never))).toBe(
    'sequential, layer "1": 5 is no layer',
  );
  expect(message(() => sequential(relu as never))).toContain('takes a list or a record of layers');
  expect(message(() => sequential(undefined as never))).toContain('not undefined');
  expect(message(() => named('a', undefined as never))).toBe('named "a": undefined is no layer');
  expect(message(() => named(relu as never, 'a' as never))).toContain(
    'the name must be text, not a layer',
  );
  expect(message(() => apply((x) => parameter(x, 'p', undefined as never)))).toContain(
    'parameter "p": the shape must be a list, not undefined',
  );
  expect(message(() => apply((x) => concat(x as never, 1)))).toContain('not the tensor "x"');
});

test('options that no layer has are refused, with those there are', () => {
  const message = (run: () => unknown) => errorOf(run).message;
  expect(message(() => conv2d(8, 3, { paddings: 1 } as never))).toBe(
    'conv2d: there is no option "paddings"; there are stride, padding, dilation, groups, bias',
  );
  for (const make of [
    () => linear(8, { biases: true } as never),
    () => maxPool2d(2, { countIncludePad: true } as never),
    () => avgPool2d(2, { ceil: true } as never),
    () => batchNorm({ epsilon: 1 } as never),
    () => scale({ value: 1 } as never),
    () => leakyRelu({ slope: 1 } as never),
    () => hardSigmoid({ gamma: 1 } as never),
    () => flatten({ start: 1 } as never),
    () => softmax({ axis: 1 } as never),
    () => model('m', { x: [1] }, ({ x }) => x, { type: 'f32' } as never),
    () => apply((x) => parameter(x, 'p', [1], { value: 1 } as never)),
  ]) {
    expect(message(make)).toContain('there is no option');
  }
  expect(message(() => gelu({ approximate: 'Tanh' } as never))).toBe(
    'gelu: approximate="Tanh" must be "none" or "tanh"',
  );
});

test("a model's function returns tensors", () => {
  const returning = (result: unknown) =>
    errorOf(() => model('m', { x: [1] }, () => result as Sym)).message;
  const start = 'model "m": the function must return a tensor or a record of tensors, not ';
  expect(returning(undefined)).toBe(`${start}undefined`);
  expect(returning(relu)).toBe(`${start}a layer, or another function`);
  expect(returning(Promise.resolve())).toBe(`${start}a promise`);
  expect(returning({ y: relu })).toContain('the output "y" is not a tensor, but a layer');
  const other = (...rest: unknown[]) => errorOf(() => model('m', ...(rest as [never, never])));
  expect(other(() => 1, undefined).message).toContain('pass name, inputs and function');
  expect(other(undefined, () => 1).message).toContain('the inputs must be shapes by name');
  expect(other({ x: 3 }, () => 1).message).toContain('the shape of the input "x" must be a list');
});

test('layers take tensors', () => {
  const message = (run: () => unknown) => errorOf(run).message;
  expect(message(() => relu(undefined as never))).toBe('undefined is no tensor of a model');
  expect(message(() => relu(tensor([1], [1]) as never))).toContain('a Tensor, which is data');
  const misnamed = (build: (x: Sym) => Sym) =>
    message(() =>
      model('m', { image: ['N', 3, 8, 8] }, (inputs: Record<string, Sym>) => build(inputs['x']!)),
    );
  const text = 'undefined is no tensor of a model; the inputs of "m" are "image"';
  expect(misnamed((x) => conv2d(8, 3)(x))).toBe(text);
  expect(misnamed((x) => sequential({ a: conv2d(8, 3), relu })(x))).toBe(text);
  expect(misnamed((x) => sum(x, x))).toBe(text);
  expect(misnamed((x) => add(x, x))).toBe(text);
  expect(message(() => apply(sequential([() => undefined as never, relu])))).toBe(
    'the layer "0" must return a tensor, not undefined',
  );
});

test('tensors stay in their model', () => {
  let leaked: Sym | undefined;
  const inner = model('inner', { x: [1] }, ({ x }) => (leaked = relu(x)));
  expect(inner.nodes).toHaveLength(1);
  expect(() => relu(leaked!)).toThrow('"relu" was used after its model "inner" was finished');
  expect(() => model('outer', { y: [1] }, ({ y }) => add(y, leaked!))).toThrow(
    '"y" and "relu" belong to different models, "outer" and "inner"',
  );
  expect(() => model('m', { x: [0] }, ({ x }) => x)).toThrow('impossible shape');
  expect(() => model('m', { x: [1] }, () => ({}))).toThrow('has no output');
});

test('errors come from the line at fault', () => {
  const wide = conv2d(4, 9);
  const applied: Layer = (x) => relu(wide(x)); // in a layer
  const asked: Layer = (x) => conv2d(x.channels, 1)(x); // of a tensor
  const through = (block: Layer) => () => apply(sequential({ s: sequential([block]) }), [1]);
  const made = () => conv2d(4, 3, { groups: 5 }); // where it is made
  const misspelt = () => batchNorm({ epsilon: 1 } as never); // where it is misspelt
  const nothing: Layer = () => relu(undefined as never); // of nothing
  for (const [run, comment] of [
    [through(applied), 'in a layer'],
    [through(asked), 'of a tensor'],
    [made, 'where it is made'],
    [misspelt, 'where it is misspelt'],
    [through(nothing), 'of nothing'],
  ] as const) {
    const frames = errorOf(run)
      .stack!.split('\n')
      .filter((text) => text.startsWith('    at '));
    // An accessor has a frame of its own.
    const frame = frames.find((text) => !text.includes('get channels'));
    expect(frame).toContain(`errors.test.ts:${sourceLine(`// ${comment}`)}:`);
  }
});

function sourceLine(text: string): number {
  const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n');
  return source.findIndex((line) => line.endsWith(text)) + 1;
}
