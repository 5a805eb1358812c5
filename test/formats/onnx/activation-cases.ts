/** Activations of ONNX, whole and in parts. */
import { one, scalarOf, type Case } from './case.ts';
import { floatsOf, onnxNodeOf as n, Type } from './make-onnx.ts';

const zero = scalarOf('c', 0);
const slopes = floatsOf('c', [2, 1, 1], [0.3, 0.3]);
const gelu = (cubic: number) => [
  ...[scalarOf('three', 3), scalarOf('one', 1), scalarOf('half', 0.5)],
  ...[scalarOf('small', cubic), scalarOf('slope', Math.sqrt(2 / Math.PI))],
];

export const activationCases: readonly Case[] = [
  {
    what: 'Clip',
    nodes: one('Clip', {}, ['x', 'lo', 'hi']),
    weights: [scalarOf('lo', -0.5), scalarOf('hi', 0.7)],
  },
  {
    what: 'Clip without a minimum',
    nodes: one('Clip', {}, ['x', '', 'hi']),
    weights: [scalarOf('hi', 0.7)],
  },
  { what: 'Clip with attributes', nodes: one('Clip', { min: { float: -0.5 } }), opset: 10 },
  { what: 'LeakyRelu', nodes: one('LeakyRelu', { alpha: { float: 0.2 } }) },
  { what: 'HardSigmoid', nodes: one('HardSigmoid') },
  { what: 'HardSwish', nodes: one('HardSwish') },
  { what: 'Gelu', nodes: one('Gelu'), opset: 20 },
  { what: 'Gelu, tanh', nodes: one('Gelu', { approximate: 'tanh' }), opset: 20 },
  { what: 'Softmax of old, in the middle', nodes: one('Softmax', { axis: 2 }), opset: 11 },
  { what: 'Softmax of old, by default', nodes: one('Softmax'), opset: 11 },
  { what: 'Softmax', nodes: one('Softmax', { axis: 1 }) },
  {
    what: 'silu in parts',
    nodes: [n('Sigmoid', ['x'], ['s']), n('Mul', ['s', 'x'], ['y'])],
    ops: 'silu',
  },
  {
    what: 'hard-swish in parts',
    nodes: [
      n('Add', ['x', 'three'], ['a']),
      n('Clip', ['a', 'zero', 'six'], ['c']),
      n('Mul', ['x', 'c'], ['m']),
      n('Div', ['m', 'six'], ['y']),
    ],
    weights: [scalarOf('three', 3), scalarOf('zero', 0), scalarOf('six', 6)],
    ops: 'hardSwish',
  },
  {
    what: 'hard-sigmoid in parts',
    nodes: [
      n('Add', ['three', 'x'], ['a']),
      n('Clip', ['a', 'zero', 'six'], ['c']),
      n('Div', ['c', 'six'], ['y']),
    ],
    weights: [scalarOf('three', 3), scalarOf('zero', 0), scalarOf('six', 6)],
    ops: 'hardSigmoid',
  },
  {
    what: 'almost gelu: another factor',
    nodes: [n('Sigmoid', ['x'], ['s']), n('Mul', ['s', 'two'], ['m']), n('Mul', ['m', 'x'], ['y'])],
    weights: [scalarOf('two', 2)],
    ops: 'sigmoid,mul,mul',
  },
  ...[
    {
      what: 'with Pow',
      inner: [
        n('Pow', ['x', 'three'], ['cube']),
        n('Mul', ['small', 'cube'], ['small3']),
        n('Add', ['x', 'small3'], ['inner']),
        n('Mul', ['inner', 'slope'], ['u']),
      ],
    },
    {
      what: 'with products',
      inner: [
        n('Mul', ['x', 'x'], ['square']),
        n('Mul', ['square', 'small'], ['small2']),
        n('Add', ['small2', 'one'], ['factor']),
        n('Mul', ['slope', 'x'], ['sloped']),
        n('Mul', ['sloped', 'factor'], ['u']),
      ],
    },
  ].map(({ what, inner }): Case => ({
    what: `gelu by tanh in parts, ${what}`,
    nodes: [
      ...inner,
      n('Tanh', ['u'], ['t']),
      n('Add', ['one', 't'], ['gate']),
      n('Mul', ['gate', 'x'], ['gated']),
      n('Mul', ['gated', 'half'], ['y']),
    ],
    weights: gelu(0.044715),
    ops: 'gelu',
  })),
  {
    what: 'hard-swish of Relu, Min and Max, with numbers behind casts',
    nodes: [
      n('Cast', ['six'], ['sixCast'], { to: Type.FLOAT }),
      n('Identity', ['sixCast'], ['sixToo']),
      n('Add', ['x', 'three'], ['a']),
      n('Relu', ['a'], ['r']),
      n('Max', ['zero', 'r'], ['m']),
      n('Min', ['m', 'sixToo'], ['c']),
      n('Mul', ['c', 'sixth'], ['s']),
      n('Mul', ['x', 's'], ['y']),
    ],
    weights: [
      ...[scalarOf('three', 3), scalarOf('zero', 0), scalarOf('six', 6)],
      scalarOf('sixth', 1 / 6),
    ],
    ops: 'hardSwish',
  },
  {
    what: 'hard-sigmoid as Keras has it',
    nodes: [
      n('Mul', ['x', 'fifth'], ['m']),
      n('Add', ['m', 'shift'], ['a']),
      n('Clip', ['a', 'zero', 'one'], ['y']),
    ],
    weights: [
      ...[scalarOf('fifth', 0.2), scalarOf('shift', 0.1)],
      ...[scalarOf('zero', 0), scalarOf('one', 1)],
    ],
    ops: 'hardSigmoid',
  },
  {
    what: 'ReLU6 of Max and Min',
    nodes: [n('Max', ['x', 'low'], ['m']), n('Min', ['high', 'm'], ['y'])],
    weights: [scalarOf('low', 0), scalarOf('high', 0.5)],
    ops: 'clip',
  },
  {
    what: 'Relu of a clamp that is read twice',
    nodes: [
      n('Min', ['x', 'high'], ['m']),
      n('Relu', ['m'], ['r']),
      n('Max', ['m', 'low'], ['s']),
      n('Add', ['r', 's'], ['y']),
    ],
    weights: [scalarOf('low', -0.2), scalarOf('high', 0.5)],
  },
  {
    what: 'a minimum above the maximum before it',
    nodes: [n('Min', ['x', 'low'], ['m']), n('Max', ['m', 'high'], ['y'])],
    weights: [scalarOf('low', -0.5), scalarOf('high', 0.5)],
  },
  { what: 'Max with zero', nodes: one('Max', {}, ['x', 'c']), weights: [zero], ops: 'relu' },
  {
    what: 'PRelu of one slope',
    nodes: one('PRelu', {}, ['x', 'c']),
    weights: [slopes],
    ops: 'leakyRelu',
  },
  ...(
    [
      ['Add', ['x', 'c'], 0],
      ['Add', ['c', 'x'], 0],
      ['Sub', ['x', 'c'], 0],
      ['Mul', ['x', 'c'], 1],
      ['Mul', ['c', 'x'], 1],
      ['Div', ['x', 'c'], 1],
      ['Pow', ['x', 'c'], 1],
    ] as const
  ).map(([op, inputs, neutral]): Case => ({
    what: `${op} of ${inputs.join()} that changes nothing`,
    nodes: [n(op, inputs, ['a']), n('Relu', ['a'], ['y'])],
    weights: [floatsOf('c', [2, 1, 1], [neutral, neutral])],
    ops: 'relu',
  })),
  {
    what: 'zeros that broadcast',
    nodes: one('Add', {}, ['x', 'c']),
    weights: [floatsOf('c', [2, 1, 1], [0, 0])],
    shape: [6, 7],
    ops: 'add',
  },
  {
    what: 'zeros for some channels',
    nodes: one('Add', {}, ['x', 'c']),
    weights: [floatsOf('c', [2, 1, 1], [0, 1])],
    ops: 'add',
  },
  { what: 'zero minus x', nodes: one('Sub', {}, ['c', 'x']), weights: [scalarOf('c', 0)] },
  {
    what: 'the square',
    nodes: one('Pow', {}, ['x', 'c']),
    weights: [scalarOf('c', 2)],
    ops: 'mul',
  },
];
