/**
 * What a file may ask for but the IR does not express is `unsupported`, so that the node can stay as it is;
 * what contradicts itself is a `shape` error, and the file is refused.
 */
import { describe, expect, test } from 'vitest';
import { codeOf } from './code-of.ts';
import { floatsOf, intsOf, onnxNodeOf as n, type OnnxParts } from './make-onnx.ts';

const image = [1, 2, 6, 6];
const f = floatsOf;
type Attrs = Parameters<typeof n>[3];
type X = readonly (number | string)[];
type Weights = OnnxParts['weights'];

/** The code of the error about a single node that reads x, and the weights in their order. */
const ofNode = (op: string, x: X, weights: Weights = [], attrs: Attrs = {}, opset = 17) => {
  const nodes = [n(op, ['x', ...weights!.map(({ name }) => name)], ['y'], attrs)];
  return codeOf({ inputs: { x }, nodes, weights: weights!, opset });
};

const statistics = (sizes: readonly number[]) =>
  ['s', 'b', 'm', 'v'].map((name, i) => f(name, [sizes[i]!]));

describe('what ONNX allows stays as it is', () => {
  test.each<[string, X, Weights?, Attrs?, number?]>([
    ['Tanh', image],
    ['Conv', [1, 2, 6], [f('w', [4, 2, 3])]],
    ['Conv', [1, 2, 6, 6, 6], [f('w', [4, 2, 3, 3, 3])]],
    ['Conv', [1, 'C', 6, 6], [f('w', [4, 2, 3, 3])]],
    ['Conv', [1, 2, 'H', 6], [f('w', [4, 2, 3, 3])], { auto_pad: 'SAME_UPPER', strides: [2, 2] }],
    ['ConvTranspose', [1, 2, 6], [f('w', [2, 4, 3])]],
    ['ConvTranspose', [1, 'C', 6, 6], [f('w', [2, 4, 3, 3])]],
    ['ConvTranspose', [1, 2, 'H', 6], [f('w', [2, 4, 3, 3])], { strides: [2, 2] }],
    ['ConvTranspose', [1, 2, 'H', 6], [f('w', [2, 4, 3, 3])], { output_shape: [9, 9] }],
    ['ConvTranspose', image, [f('w', [2, 4, 3, 3])], { output_shape: [9, 9, 9] }],
    ['ConvTranspose', image, [f('w', [2, 4, 3, 3])], { output_shape: [9, 9] }],
    ['ConvTranspose', image, [f('w', [2, 4, 3, 3])], { pads: [-1, 0, 0, 0] }],
    ['ConvTranspose', image, [f('w', [2, 4, 3, 3])], { auto_pad: 'SAME_LOWER', strides: [1, 4] }],
    ['MaxPool', [1, 2, 6], [], { kernel_shape: [2] }],
    ['MaxPool', [1, 2, 6, 6, 6], [], { kernel_shape: [2, 2, 2] }],
    ['MaxPool', image, [], { kernel_shape: [2, 2], dilations: [2, 2] }],
    ['MaxPool', image, [], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
    ['AveragePool', [1, 2, 'H', 6], [], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
    ['GlobalAveragePool', [1, 2, 6]],
    ['GlobalAveragePool', [1, 2, 6, 6, 6]],
    ['BatchNormalization', [2], statistics([1, 1, 1, 1])],
    ['BatchNormalization', [1, 'C', 6, 6], statistics([2, 2, 2, 2])],
    ['Pad', image, [intsOf('p', [0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'reflect' }],
    ['Pad', image, [intsOf('p', [0, 1, 0, 0, 0, 0, 0, 0])]],
    ['Pad', [4, 4], [intsOf('p', [1, 1, 1, 1])]],
    ['ReduceMean', image, [], { axes: [1] }],
    ['ReduceMean', [1, 2, 6], [], { axes: [2] }],
    ['Add', ['N', 4], [f('c', [2, 4])]],
    ['Mul', [4, 'W'], [f('c', [4, 3])]],
    ['Add', image, [intsOf('c', [1], [])]],
    ['Add', image, [f('c', [0])]],
    ['Gemm', [3, 5], [f('m', [3, 4])], { transA: 1 }],
    ['Gemm', ['N', 'K'], [f('m', [3, 4])]],
    ['Gemm', ['N', 3], [f('m', [3, 4]), f('c', [2, 4])]],
    ['MatMul', [3], [f('m', [3, 4])]],
    ['MatMul', [2, 5, 3], [f('m', [2, 3, 4])]],
    ['MatMul', [5, 3], [f('m', [3])]],
    ['MatMul', [5, 'K'], [f('m', [3, 4])]],
    ['Concat', ['N', 4], [f('c', [2, 3])], { axis: 1 }],
    ['Concat', [1, 4], [intsOf('c', [1, 2], [1, 2])], { axis: 1 }],
    ['Reshape', ['N', 6], [intsOf('s', [4, -1])]],
    ['Reshape', [2, 6], [intsOf('s', [0, 6])], { allowzero: 1 }],
    ['Expand', [2, 1], [intsOf('s', [2, 5])]],
    ['Expand', ['N', 5], [intsOf('s', [2, 5])]],
    ['Squeeze', ['N', 1, 3]],
    ['Squeeze', ['N', 4], [intsOf('a', [0])]],
    ['Cast', image, [], { to: 7 }],
    ['Gelu', image, [], { approximate: 'other' }, 20],
  ])('%s of %j', (op, ...rest) => {
    expect(ofNode(op, ...rest)).toBe('unsupported');
  });

  test('operands that are not constant', () => {
    const relu = n('Relu', ['x'], ['r']);
    const computed = (op: string, x: X, operands: string[], weights: Weights = []) =>
      codeOf({
        inputs: { x },
        nodes: [relu, n(op, operands, ['y'])],
        ...(weights ? { weights } : {}),
      });
    expect(computed('Conv', [2, 2, 3, 3], ['x', 'r'])).toBe('unsupported');
    expect(computed('Conv', [2], ['c', 'w', 'r'], [f('c', image), f('w', [2, 2, 1, 1])])).toBe(
      'unsupported',
    );
    expect(computed('MatMul', [3, 3], ['x', 'r'])).toBe('unsupported');
    expect(computed('Gemm', [3, 3], ['x', 'r'])).toBe('unsupported');
    expect(computed('Gemm', [3, 3], ['x', 'm', 'r'], [f('m', [3, 3])])).toBe('unsupported');
    expect(computed('Div', [3, 3], ['x', 'r'])).toBe('unsupported');
    expect(computed('Clip', [], ['x', 'r'])).toBe('unsupported');
    const operands = ['c', 'r', 'r', 'r', 'r'];
    expect(computed('BatchNormalization', [2], operands, [f('c', image)])).toBe('unsupported');
  });

  test('almost a gelu', () => {
    const scalars = { three: 3, one: 1, half: 0.5, slope: Math.sqrt(2 / Math.PI) };
    const nodes = [
      n('Pow', ['x', 'three'], ['cube']),
      n('Mul', ['small', 'cube'], ['small3']),
      n('Add', ['x', 'small3'], ['inner']),
      n('Mul', ['inner', 'slope'], ['u']),
      n('Tanh', ['u'], ['t']),
      n('Add', ['one', 't'], ['gate']),
      n('Mul', ['gate', 'x'], ['gated']),
      n('Mul', ['gated', 'half'], ['y']),
    ];
    const code = (small: number) =>
      codeOf({
        inputs: { x: image },
        nodes,
        weights: Object.entries({ ...scalars, small }).map(([name, value]) => f(name, [], [value])),
      });
    expect(code(0.05)).toBe('unsupported');
  });

  const w = f('w', [4, 2, 3, 3]);
  const cut = (starts: number[], ends: number[], axes: number[], steps?: number[]) => [
    intsOf('starts', starts),
    intsOf('ends', ends),
    intsOf('axes', axes),
    ...(steps ? [intsOf('steps', steps)] : []),
  ];
  test.each<[string, X, ReturnType<typeof cut>]>([
    ['of channels', image, cut([0], [1], [1])],
    ['with steps', image, cut([0], [6], [2], [2])],
    ['backwards', image, cut([-1], [-7], [2], [-1])],
    ['of nothing', image, cut([4], [2], [2])],
    ['of vectors', [4, 4], cut([1], [3], [1])],
    ['from the end of an open size', [1, 2, 'H', 6], cut([-3], [100], [2])],
    ['to the middle of an open size', [1, 2, 'H', 6], cut([0], [5], [2])],
  ])('a slice %s', (_, x, operands) => {
    expect(ofNode('Slice', x, operands)).toBe('unsupported');
  });

  test.each<[string, ReturnType<typeof n>[]]>([
    ['an activation', [n('Relu', ['s'], ['y'])]],
    ['an output', [n('Identity', ['s'], ['y'])]],
    ['a convolution that pads', [n('Conv', ['s', 'w'], ['y'], { pads: [0, 0, 1, 0] })]],
    ['one that pads by itself', [n('Conv', ['s', 'w'], ['y'], { auto_pad: 'SAME_UPPER' })]],
    ['a convolution and another', [n('Conv', ['s', 'w'], ['c']), n('Relu', ['s'], ['y'])]],
  ])('a crop that is read by %s', (_, readers) => {
    const slice = n('Slice', ['x', 'starts', 'ends', 'axes'], ['s']);
    const weights = [w, ...cut([1], [-1], [2])];
    expect(codeOf({ inputs: { x: image }, nodes: [slice, ...readers], weights })).toBe(
      'unsupported',
    );
  });

  test('outputs that the IR does not have', () => {
    const pool = n('MaxPool', ['x'], ['y', 'at'], { kernel_shape: [2, 2] });
    expect(codeOf({ inputs: { x: image }, nodes: [pool], outputs: ['y', 'at'] })).toBe(
      'unsupported',
    );
    const dropout = n('Dropout', ['x'], ['y', 'mask']);
    expect(codeOf({ inputs: { x: image }, nodes: [dropout], outputs: ['y', 'mask'] })).toBe(
      'unsupported',
    );
  });
});

describe('what contradicts itself is refused', () => {
  test.each<[string, X, Weights?, Attrs?, number?]>([
    ['Conv', [1, 3, 6, 6], [f('w', [4, 4, 3, 3])]],
    ['Conv', ['N', 3, 6, 6], [f('w', [4, 4, 3, 3])]],
    ['Conv', image, [f('w', [4, 2, 3])]],
    ['Conv', image, [f('w', [4, 2, 3, 3]), f('b', [3])]],
    ['Conv', image, [f('w', [4, 2, 3, 3])], { strides: [0, 1] }],
    ['Conv', image, [f('w', [4, 2, 3, 3])], { kernel_shape: [5, 5] }],
    ['Conv', image],
    ['MaxPool', image],
    ['MaxPool', image, [], { kernel_shape: [2] }],
    ['BatchNormalization', image, statistics([2, 2, 3, 2])],
    ['BatchNormalization', ['N', 2, 'H', 'W'], statistics([3, 3, 3, 3])],
    ['Add', [2, 3], [f('c', [2, 4])]],
    ['Add', ['N', 3], [f('c', [2, 4])]],
    ['Gemm', [5, 3], [f('m', [4, 4])]],
    ['Gemm', ['N', 3], [f('m', [4, 4])]],
    ['Gemm', [5, 2, 3], [f('m', [3, 4])]],
    ['MatMul', [5, 3], [f('m', [4, 4])]],
    ['Concat', [2, 3], [f('c', [3, 3])], { axis: 1 }],
    ['Concat', [2, 3], [f('c', [2, 3, 1])], { axis: 1 }],
    ['Softmax', [2, 3], [], { axis: 2 }],
    ['Flatten', [2, 3], [], { axis: 4 }],
    ['Reshape', [2, 6], [intsOf('s', [5, -1])]],
    ['Reshape', [2, 6], [f('s', [2])]],
    ['Squeeze', [2, 1], [intsOf('a', [0])]],
    ['Pad', image, [intsOf('p', [1, 1])]],
    ['Slice', image, ['s', 'e', 'a', 'j'].map((name, i) => intsOf(name, [[0], [1], [2], [0]][i]!))],
    ['Slice', image, [intsOf('s', [0, 1]), intsOf('e', [2])]],
  ])('%s of %j', (op, ...rest) => {
    expect(ofNode(op, ...rest)).toBe('shape');
  });

  test('training mode', () => {
    const bn = [...statistics([2, 2, 2, 2])];
    expect(ofNode('BatchNormalization', image, bn, { training_mode: 1 })).toBe('shape');
    const dropout = n('Dropout', ['x', '', 'mode'], ['y']);
    const weights = [intsOf('mode', [1], [])];
    expect(codeOf({ inputs: { x: image }, nodes: [dropout], weights })).toBe('shape');
  });
});

test.each<[string, X, Weights?, Attrs?, number?]>([
  ['Add', ['N', 4], [f('c', [])]],
  ['Add', ['N', 2, 'H', 'W'], [f('c', [2, 1, 1])]],
  ['Mul', [4], [f('c', [2, 1, 1])]],
  ['BatchNormalization', ['N', 2], statistics([2, 2, 2, 2])],
  ['BatchNormalization', ['N', 2, 'L'], statistics([2, 2, 2, 2])],
  ['Reshape', ['N', 6], [intsOf('s', [0, 2, -1])]],
  ['Squeeze', ['N', 1], [intsOf('a', [1])]],
])('open sizes that do not matter: %s of %j', (op, ...rest) => {
  expect(ofNode(op, ...rest)).toBe('none');
});
