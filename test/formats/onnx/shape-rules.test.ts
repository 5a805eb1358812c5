/** The shapes of operators that stay as they are, against those that ONNX Runtime gives. */
import { expect, test } from 'vitest';
import { Tensor } from '../../../ir/index.ts';
import { openOnnx } from '../../../src/formats/onnx/index.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { floatsOf, intsOf, onnxNodeOf as n, onnxOf, type OnnxParts } from './make-onnx.ts';

type Case = [
  name: string,
  dims: readonly number[],
  node: ReturnType<typeof n>,
  more?: Partial<OnnxParts>,
];

const slice = (starts: number[], ends: number[], axes: number[], steps?: number[]) => {
  const lists = { starts, ends, axes, ...(steps && { steps }) };
  const node = n('Slice', ['x', ...Object.keys(lists)], ['y']);
  return [node, { weights: Object.entries(lists).map(([k, v]) => intsOf(k, v)) }] as const;
};
const end = Number.MAX_SAFE_INTEGER;

const cases: Case[] = [
  ['Tanh', [2, 3], n('Tanh', ['x'], ['y'])],
  ['Transpose', [1, 2, 3, 4], n('Transpose', ['x'], ['y'], { perm: [0, 3, 1, 2] })],
  ['Transpose without perm', [2, 3, 4], n('Transpose', ['x'], ['y'])],
  ['Pow', [2, 1, 3], n('Pow', ['x', 'e'], ['y']), { weights: [floatsOf('e', [4, 1])] }],
  ['Div', [1, 2, 5], n('Div', ['x', 't'], ['y'])],
  ['Slice', [1, 8, 9, 9], ...slice([1], [-2], [2])],
  ['Slice of several axes', [1, 8, 9, 9], ...slice([0, 2], [4, end], [1, -1])],
  ['Slice by steps', [1, 8, 9, 7], ...slice([0, 1], [end, 6], [2, 3], [2, 3])],
  ['Slice backwards', [1, 8, 9, 7], ...slice([-1, 7], [-end, 2], [2, 1], [-1, -2])],
  [
    'Slice of opset 9',
    [1, 8, 9],
    n('Slice', ['x'], ['y'], { starts: [2], ends: [-1], axes: [1] }),
    { opset: 9 },
  ],
  ['ReduceMax', [1, 4, 5], n('ReduceMax', ['x'], ['y'], { axes: [-1] })],
  ['ReduceMax to fewer axes', [1, 4, 5], n('ReduceMax', ['x'], ['y'], { axes: [1], keepdims: 0 })],
  ['ReduceMax of all', [1, 4, 5], n('ReduceMax', ['x'], ['y'])],
  ['ReduceSum', [1, 4, 5], n('ReduceSum', ['x', 'a'], ['y']), { weights: [intsOf('a', [1])] }],
  [
    'ReduceL2 of opset 18',
    [1, 4, 5],
    n('ReduceL2', ['x', 'a'], ['y'], { keepdims: 0 }),
    { weights: [intsOf('a', [2])], opset: 18 },
  ],
  [
    'Resize by scales',
    [1, 2, 5, 5],
    n('Resize', ['x', '', 's'], ['y'], { mode: 'nearest' }),
    { weights: [floatsOf('s', [4], [1, 1, 1.5, 2])] },
  ],
  [
    'Resize to sizes',
    [1, 2, 5, 5],
    n('Resize', ['x', '', '', 's'], ['y'], { mode: 'nearest' }),
    { weights: [intsOf('s', [1, 2, 7, 3])] },
  ],
  [
    'ConvTranspose of sequences',
    [1, 4, 6],
    n('ConvTranspose', ['x', 'w'], ['y'], {
      strides: [3],
      pads: [1, 0],
      output_padding: [1],
      dilations: [2],
      group: 2,
    }),
    { weights: [floatsOf('w', [4, 3, 2])] },
  ],
];

test.each<Case>(cases)('%s', async (_, dims, node, more) => {
  // Tanh stays as well, and what follows has to know its shape.
  const nodes = [n('Tanh', ['x'], ['t']), node, n('Relu', ['y'], ['z'])];
  const bytes = onnxOf({ inputs: { x: dims }, outputs: ['z'], nodes, ...more });
  const { graph } = openOnnx(bytes);
  const data = Float32Array.from(
    { length: dims.reduce((a, b) => a * b, 1) },
    (_v, i) => (i % 7) / 9,
  );
  const { z } = await runOnnx(bytes, { x: new Tensor([...dims], data) });
  expect(graph.inputs.find(({ id }) => id === 'y')?.shape).toEqual(z!.shape);
});

test('open sizes as far as they can be told', () => {
  const shapeOf = (node: ReturnType<typeof n>, more: Partial<OnnxParts> = {}) => {
    const nodes = [node, n('Relu', ['y'], ['z'])];
    const bytes = onnxOf({ inputs: { x: ['N', 3, 'H', 8] }, outputs: ['z'], nodes, ...more });
    return openOnnx(bytes).graph.inputs.find(({ id }) => id === 'y')?.shape;
  };
  expect(shapeOf(n('Tanh', ['x'], ['y']))).toEqual(['N', 3, 'H', 8]);
  expect(shapeOf(n('Transpose', ['x'], ['y'], { perm: [0, 2, 3, 1] }))).toEqual(['N', 'H', 8, 3]);
  // A size of its own: only a symbol can be the size of an input.
  expect(shapeOf(...slice([1], [-1], [2]))).toEqual(['N', 3, 'y_2', 8]);
  expect(shapeOf(...slice([-4], [end], [2]))).toBeUndefined();
  expect(shapeOf(n('com.example', ['x'], ['y']))).toBeUndefined();
});

test('the weights of a transposed convolution tell the channels of what it reads', () => {
  const nodes = [
    Object.assign(n('Own', ['x'], ['y']), { domain: 'com.example' }),
    n('ConvTranspose', ['y', 'w'], ['z'], { strides: [2, 2] }),
  ];
  const weights = [floatsOf('w', [4, 3, 2, 2])];
  const { graph } = openOnnx(onnxOf({ inputs: { x: [1, 2] }, outputs: ['z'], nodes, weights }));
  expect(graph.inputs.find(({ id }) => id === 'y')?.shape[1]).toBe(4);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['convTranspose2d']);
});
