/** Operators of ONNX in their variants. */
import { one, scalarOf, type Case } from './case.ts';
import { floatsOf, intsOf, onnxNodeOf as n, Type } from './make-onnx.ts';

const w = floatsOf('w', [4, 2, 3, 3]);
export const image = [2, 2, 6, 7];
const conv = (attrs: Parameters<typeof n>[3]) => [n('Conv', ['x', 'w'], ['y'], attrs)];

const up = floatsOf('w', [2, 3, 4, 3]);
const transposed = (what: string, attrs: Parameters<typeof n>[3], more: Partial<Case> = {}) => ({
  what: `ConvTranspose, ${what}`,
  nodes: [n('ConvTranspose', ['x', 'w'], ['y'], attrs)],
  weights: [up],
  ops: 'convTranspose2d',
  ...more,
});

export const operatorCases: readonly Case[] = [
  transposed('plain', {}),
  transposed('pads and output_padding', {
    strides: [2, 3],
    pads: [1, 0, 2, 1],
    output_padding: [1, 2],
  }),
  transposed('dilated, before opset 11', { dilations: [2, 3], strides: [3, 1] }, { opset: 10 }),
  transposed('VALID', { auto_pad: 'VALID', strides: [2, 1] }),
  transposed('SAME_UPPER', { auto_pad: 'SAME_UPPER', strides: [1, 2] }),
  transposed('SAME_LOWER', { auto_pad: 'SAME_LOWER', strides: [1, 2] }),
  transposed('output_shape', { output_shape: [10, 13], strides: [2, 2] }),
  transposed('output_shape, SAME_UPPER', {
    output_shape: [10, 12],
    strides: [2, 2],
    auto_pad: 'SAME_UPPER',
  }),
  transposed('output_shape, SAME_LOWER', {
    output_shape: [11, 12],
    strides: [2, 2],
    auto_pad: 'SAME_LOWER',
  }),
  transposed('output_shape beyond what the kernel reaches', {
    output_shape: [15, 16],
    strides: [2, 2],
  }),
  transposed(
    'groups and a bias',
    { group: 2, strides: [2, 2] },
    {
      nodes: [n('ConvTranspose', ['x', 'w', 'b'], ['y'], { group: 2, strides: [2, 2] })],
      weights: [up, floatsOf('b', [6])],
    },
  ),
  {
    what: 'Conv, SAME_UPPER',
    nodes: conv({ auto_pad: 'SAME_UPPER', strides: [2, 3] }),
    weights: [w],
  },
  {
    what: 'Conv, SAME_LOWER',
    nodes: conv({ auto_pad: 'SAME_LOWER', strides: [2, 2] }),
    weights: [w],
  },
  { what: 'Conv, VALID', nodes: conv({ auto_pad: 'VALID', strides: [2, 1] }), weights: [w] },
  { what: 'Conv, dilated', nodes: conv({ dilations: [2, 1], pads: [1, 2, 0, 1] }), weights: [w] },
  {
    what: 'Conv of a padded image',
    nodes: [
      n('Pad', ['x', 'p'], ['padded']),
      n('Conv', ['padded', 'w'], ['y'], { pads: [1, 0, 0, 1] }),
    ],
    weights: [w, intsOf('p', [0, 0, 1, 2, 0, 0, 3, 0])],
    ops: 'conv2d',
  },
  {
    what: 'Conv of an image padded with a value',
    nodes: [n('Pad', ['x', 'p', 'v'], ['padded']), n('Conv', ['padded', 'w'], ['y'])],
    weights: [w, intsOf('p', [0, 0, 1, 2, 0, 0, 3, 0]), scalarOf('v', 0.5)],
    ops: 'conv2d',
  },
  {
    what: 'Conv with pads of an image padded with a value',
    nodes: [
      n('Pad', ['x', 'p', 'v'], ['padded']),
      n('Conv', ['padded', 'w'], ['y'], { pads: [1, 1, 1, 1] }),
    ],
    weights: [w, intsOf('p', [0, 0, 1, 2, 0, 0, 3, 0]), scalarOf('v', 0.5)],
    ops: 'conv2d,conv2d',
  },
  {
    what: 'Conv, SAME_UPPER, of a padded image',
    nodes: [
      n('Pad', ['x', 'p'], ['padded']),
      n('Conv', ['padded', 'w'], ['y'], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    ],
    weights: [w, intsOf('p', [0, 0, 1, 2, 0, 0, 2, 0])],
    ops: 'conv2d,conv2d',
  },
  {
    what: 'AveragePool, ceil_mode that fits, of a padded image',
    nodes: [
      n('Pad', ['x', 'p'], ['padded']),
      n('AveragePool', ['padded'], ['y'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
    ],
    weights: [intsOf('p', [0, 0, 1, 1, 0, 0, 1, 0])],
  },
  {
    what: 'MaxPool of a padded image, and what reads the border twice',
    nodes: [
      n('Pad', ['x', 'p'], ['padded']),
      n('MaxPool', ['padded'], ['m'], { kernel_shape: [3, 3] }),
      n('AveragePool', ['padded'], ['a'], { kernel_shape: [3, 3] }),
      n('Add', ['m', 'a'], ['y']),
    ],
    weights: [intsOf('p', [0, 0, 1, 1, 0, 0, 1, 1])],
  },
  {
    what: 'Pad as an attribute, on its own',
    nodes: one('Pad', { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: { float: 2 } }),
    opset: 10,
  },
  {
    what: 'Pad of nothing',
    nodes: one('Pad', {}, ['x', 'p']),
    weights: [intsOf('p', new Array<number>(8).fill(0))],
  },
  {
    what: 'MaxPool',
    nodes: one('MaxPool', { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }),
  },
  {
    what: 'MaxPool, ceil_mode that fits',
    nodes: one('MaxPool', { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 }),
  },
  { what: 'AveragePool', nodes: one('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }) },
  {
    what: 'AveragePool with its padding',
    nodes: one('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  },
  {
    what: 'AveragePool of a padded image',
    nodes: [
      n('Pad', ['x', 'p'], ['padded']),
      n('AveragePool', ['padded'], ['y'], { kernel_shape: [3, 3] }),
    ],
    weights: [intsOf('p', [0, 0, 1, 1, 0, 0, 1, 1])],
    ops: 'averagePool',
  },
  { what: 'GlobalAveragePool', nodes: one('GlobalAveragePool') },
  { what: 'ReduceMean', nodes: one('ReduceMean', { axes: [3, 2] }) },
  { what: 'ReduceMean, keepdims=0', nodes: one('ReduceMean', { axes: [-1, -2], keepdims: 0 }) },
  {
    what: 'ReduceMean, axes as an input',
    nodes: one('ReduceMean', { keepdims: 0 }, ['x', 'axes']),
    weights: [intsOf('axes', [2, 3])],
    opset: 18,
  },
  ...[0, 1].map((keepdims): Case => ({
    what: `ReduceMean of a flat image, keepdims=${keepdims}`,
    nodes: [
      n('Reshape', ['x', 's'], ['flat']),
      n('ReduceMean', ['flat'], ['y'], { axes: [-1], keepdims }),
    ],
    weights: [intsOf('s', [0, 0, -1])],
    ops: 'globalAveragePool,reshape',
  })),
  {
    what: 'Reshape and Expand to the same shape',
    nodes: [
      n('Reshape', ['x', 's'], ['a']),
      n('Expand', ['a', 'e'], ['b']),
      n('Relu', ['b'], ['y']),
    ],
    weights: [intsOf('s', [0, 0, -1, 7]), intsOf('e', [2, 1, 7])],
    ops: 'relu',
  },
  {
    what: 'layer scale',
    nodes: [n('Mul', ['g', 'x'], ['s']), n('Add', ['x', 's'], ['y'])],
    weights: [floatsOf('g', [2, 1, 1])],
    ops: 'mul,add',
  },
  { what: 'Sub', nodes: one('Sub', {}, ['x', 'x2']), weights: [floatsOf('x2', [2, 1, 1])] },
  { what: 'Sub of values', nodes: [n('Relu', ['x'], ['r']), n('Sub', ['x', 'r'], ['y'])] },
  {
    what: 'Sub from a constant',
    nodes: one('Sub', {}, ['c', 'x']),
    weights: [floatsOf('c', [2, 1, 1])],
  },
  { what: 'Div', nodes: one('Div', {}, ['x', 'c']), weights: [floatsOf('c', [7])] },
  { what: 'Neg', nodes: one('Neg') },
  { what: 'Sum', nodes: one('Sum', {}, ['x', 'x', 'x']), ops: 'sum' },
  {
    what: 'Sum with broadcasting',
    nodes: one('Sum', {}, ['x', 'c', 'x']),
    weights: [floatsOf('c', [7])],
  },
  { what: 'Sum of one', nodes: one('Sum') },
  ...[0, 1].flatMap((transB): Case[] => [
    {
      what: `Gemm, transB=${transB}`,
      nodes: one('Gemm', { transB, alpha: { float: 0.5 }, beta: { float: 2 } }, ['x', 'm', 'b']),
      weights: [floatsOf('m', transB ? [4, 3] : [3, 4]), floatsOf('b', [4])],
      shape: [5, 3],
      ops: 'linear',
    },
    {
      what: `Gemm with a matrix added, transB=${transB}`,
      nodes: one('Gemm', { transB, beta: { float: 2 } }, ['x', 'm', 'b']),
      weights: [floatsOf('m', transB ? [4, 3] : [3, 4]), floatsOf('b', [5, 4])],
      shape: [5, 3],
    },
  ]),
  ...[[], [1], [1, 1], [1, 4], [5, 1]].map((dims): Case => ({
    what: `Gemm with a bias [${dims.join()}]`,
    nodes: one('Gemm', {}, ['x', 'm', 'b']),
    weights: [floatsOf('m', [3, 4]), floatsOf('b', dims)],
    shape: [5, 3],
  })),
  {
    what: 'MatMul and Add',
    nodes: [n('MatMul', ['x', 'm'], ['p']), n('Add', ['b', 'p'], ['y'])],
    weights: [floatsOf('m', [7, 3]), floatsOf('b', [1, 3])],
    ops: 'linear',
  },
  {
    what: 'MatMul that is read twice',
    nodes: [
      n('MatMul', ['x', 'm'], ['p']),
      n('Add', ['b', 'p'], ['q']),
      n('Mul', ['q', 'p'], ['y']),
    ],
    weights: [floatsOf('m', [7, 3]), floatsOf('b', [3])],
    ops: 'linear,add,mul',
  },
  {
    what: 'Concat',
    nodes: one('Concat', { axis: -1 }, ['x', 'c', 'x']),
    weights: [floatsOf('c', [2, 2, 6, 1])],
  },
  { what: 'Flatten', nodes: one('Flatten', { axis: 2 }) },
  { what: 'Reshape', nodes: one('Reshape', {}, ['x', 's']), weights: [intsOf('s', [0, -1, 3])] },
  {
    what: 'Squeeze and Unsqueeze of old',
    nodes: [
      n('Unsqueeze', ['x'], ['u'], { axes: [0, 5] }),
      n('Squeeze', ['u'], ['y'], { axes: [0] }),
    ],
    opset: 11,
  },
  {
    what: 'Squeeze and Unsqueeze',
    nodes: [n('Unsqueeze', ['x', 'a'], ['u']), n('Squeeze', ['u'], ['y'])],
    weights: [intsOf('a', [0, -1])],
  },
  {
    what: 'Dropout',
    nodes: [n('Dropout', ['x'], ['d', 'mask']), n('Relu', ['d'], ['y'])],
    ops: 'relu',
  },
  {
    what: 'Identity and Cast',
    nodes: [
      n('Identity', ['x'], ['i']),
      n('Cast', ['i'], ['c'], { to: Type.FLOAT }),
      n('Relu', ['c'], ['y']),
    ],
    ops: 'relu',
  },
  {
    what: 'a node before what it reads, and one that nothing reads',
    nodes: [n('Relu', ['a'], ['y']), n('Neg', ['x'], ['a']), n('Sigmoid', ['x'], ['unread'])],
    ops: 'mul,relu',
  },
];
