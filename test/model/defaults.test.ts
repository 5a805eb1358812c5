/** What is left out means what it means in PyTorch. */
import { expect, test } from 'vitest';
import { opNames, type Graph, type OpName } from '../../ir/index.ts';
import * as m from '../../src/model/index.ts';
import type { Layer } from '../../src/model/index.ts';

const apply = (layer: Layer, shape: (number | string)[] = [1, 4, 9, 9]): Graph =>
  m.model('m', { x: shape }, ({ x }) => layer(x));
const attrsOf = (layer: Layer) => apply(layer).nodes.at(-1)!.attrs;
const shapeOf = (layer: Layer, shape?: (number | string)[]) =>
  apply(layer, shape).nodes.at(-1)!.outputs[0].shape;

test('convolutions', () => {
  const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };
  expect(attrsOf(m.conv2d(4, 3))).toMatchObject(plain);
  expect(Object.keys(apply(m.conv2d(4, 3)).consts)).toEqual(['conv2d.weight', 'conv2d.bias']);
  expect(Object.keys(apply(m.conv2d(4, 3, { bias: false })).consts)).toEqual(['conv2d.weight']);
  const grouped = apply(m.conv2d(8, [3, 5], { groups: 2, dilation: [1, 2] }));
  expect(grouped.consts['conv2d.weight']!.shape).toEqual([8, 2, 3, 5]);
});

test('transposed convolutions', () => {
  const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], output_padding: [0, 0] };
  expect(attrsOf(m.convTranspose2d(4, 3))).toMatchObject({ ...plain, group: 1 });
  const up = m.convTranspose2d(6, [3, 4], { stride: 2, padding: 1, outputPadding: [1, 0] });
  expect(shapeOf(up)).toEqual([1, 6, 18, 18]);
  expect(shapeOf(m.convTranspose2d(6, 3, { dilation: 2, padding: [0, 1, 2, 3] }))).toEqual([
    1,
    6,
    9 - 1 + 5 - 2,
    9 - 1 + 5 - 4,
  ]);
  const grouped = apply(m.convTranspose2d(6, [3, 5], { groups: 2, bias: false }));
  expect(Object.keys(grouped.consts)).toEqual(['convTranspose2d.weight']);
  expect(grouped.consts['convTranspose2d.weight']!.shape).toEqual([4, 3, 3, 5]);
  const open = (layer: Layer) => apply(layer, ['N', 4, 'H', 'W']).nodes[0]!.outputs[0].shape;
  expect(open(m.convTranspose2d(4, 4, { stride: 2, padding: 1 }))).toEqual(['N', 4, '2*H', '2*W']);
  expect(open(m.convTranspose2d(4, 4, { stride: 2 }))).toEqual(['N', 4, '2*(H+1)', '2*(W+1)']);
});

test('padding has PyTorch spellings', () => {
  const pads = (padding: m.Padding, options: m.ConvOptions = {}, kernel: m.Pair = 3) =>
    (attrsOf(m.conv2d(4, kernel, { ...options, padding })) as { pads: number[] }).pads;
  expect(pads(1)).toEqual([1, 1, 1, 1]);
  expect(pads([1, 2])).toEqual([1, 2, 1, 2]);
  expect(pads([1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  expect(pads('valid')).toEqual([0, 0, 0, 0]);
  expect(pads('same')).toEqual([1, 1, 1, 1]);
  expect(pads('same', { dilation: 2 })).toEqual([2, 2, 2, 2]);
  // An even kernel: the odd pixel goes to the bottom and right.
  expect(pads('same', {}, [2, 4])).toEqual([0, 1, 1, 2]);
  expect(shapeOf(m.conv2d(4, [2, 4], { padding: 'same' }))).toEqual([1, 4, 9, 9]);
});

test('pools move by their kernel, and the mean counts padding', () => {
  const window = { kernel_shape: [3, 2], strides: [3, 2], pads: [0, 0, 0, 0] };
  expect(attrsOf(m.maxPool2d([3, 2]))).toEqual(window);
  expect(attrsOf(m.avgPool2d([3, 2]))).toEqual({ ...window, count_include_pad: true });
  const options = { stride: 1, padding: 1, countIncludePad: false };
  expect(attrsOf(m.avgPool2d(3, options))).toMatchObject({
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    count_include_pad: false,
  });
});

test('batch normalisation', () => {
  expect(attrsOf(m.batchNorm())).toEqual({ epsilon: 1e-5 });
  expect(attrsOf(m.batchNorm({ eps: 1e-3 }))).toEqual({ epsilon: 1e-3 });
});

test('activations, bare and configured', () => {
  expect(attrsOf(m.gelu)).toEqual({ tanh: 0 });
  expect(attrsOf(m.gelu({ approximate: 'tanh' }))).toEqual({ tanh: 1 });
  expect(attrsOf((x) => m.gelu(x))).toEqual({ tanh: 0 });
  expect(attrsOf(m.leakyRelu())).toEqual({ alpha: 0.01 });
  expect(attrsOf(m.leakyRelu({ negativeSlope: 0.2 }))).toEqual({ alpha: 0.2 });
  expect(attrsOf(m.hardSigmoid)).toEqual({ alpha: 1 / 6, beta: 0.5 });
  expect(attrsOf(m.relu6)).toEqual({ min: 0, max: 6 });
  expect(attrsOf(m.clip(-Infinity, 1))).toEqual({ min: -Infinity, max: 1 });
});

test('flatten keeps the batch, and other axes if asked', () => {
  expect(shapeOf(m.flatten)).toEqual([1, 324]);
  expect(shapeOf(m.flatten, ['N', 4, 'H', 2])).toEqual(['N', '8*H']);
  expect(shapeOf(m.flatten({ startDim: 0 }))).toEqual([324]);
  expect(shapeOf(m.flatten({ startDim: 2 }), ['N', 4, 'H', 'W'])).toEqual(['N', 4, 'H*W']);
  expect(shapeOf(m.flatten({ startDim: 1, endDim: 2 }))).toEqual([1, 36, 9]);
  expect(shapeOf(m.flatten({ startDim: -2, endDim: -1 }))).toEqual([1, 4, 81]);
});

test('scale multiplies each channel, whatever the rank', () => {
  expect(apply(m.scale()).consts['scale.weight']!.shape).toEqual([4, 1, 1]);
  expect(apply(m.scale(), ['N', 4]).consts['scale.weight']!.shape).toEqual([4]);
});

test('every op can be written', () => {
  const everything: Layer = (x) => {
    const layers = [
      m.relu,
      m.clip(0, 1),
      m.leakyRelu,
      m.sigmoid,
      m.silu,
      m.hardSigmoid,
      m.hardSwish,
    ];
    const activated = m.sequential([...layers, m.gelu, m.identity])(x);
    const pooled = m.concat([m.maxPool2d(2)(activated), m.avgPool2d(2)(activated)], 1);
    const y = m.globalAveragePool(m.batchNorm()(m.convTranspose2d(4, 2)(m.conv2d(4, 1)(pooled))));
    const vector = m.flatten(m.reshape([0, 2, -1])(m.sum(y, m.mul(y, y), m.add(y, y))));
    return m.softmax({ dim: 1 })(m.linear(3)(vector));
  };
  const used = new Set<OpName>(apply(everything).nodes.map((node) => node.op));
  expect(opNames.filter((op) => !used.has(op))).toEqual([]);
});
