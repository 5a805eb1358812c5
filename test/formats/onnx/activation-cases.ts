/** Activations of ONNX, whole and in parts. */
import { one, scalarOf, type Case } from './case.ts';
import { onnxNodeOf as n } from './make-onnx.ts';

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
];
