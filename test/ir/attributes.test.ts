import { expect, test } from 'vitest';
import { parse, type Node, type OpName } from '../../ir/index.ts';
import { verifyError } from '../support/errors.ts';
import { randomWeights } from '../support/random-weights.ts';

/** The message for the single node of this op with these attributes over x [2,4,6,6] and w [4,4,3,3]. */
function attributeError(op: OpName, attrs: Record<string, unknown>): string {
  const operands = { conv2d: '%x, %w', linear: '%x, %v' }[op as string] ?? '%x';
  const text = `graph g(%x: f32[2,4,6,6]) {
    const %w : f32[4,4,3,3]
    const %v : f32[4,6]
    %y = ${op} ${operands}
    return %y
  }`;
  const graph = parse(text, randomWeights());
  const nodes = graph.nodes.map((n) => ({ ...n, attrs: { ...n.attrs, ...attrs } }) as Node);
  return verifyError({ ...graph, nodes });
}

test.each<[OpName, Record<string, unknown>, string]>([
  ['conv2d', { pads: 'same' }, 'pads="same" must be a list'],
  ['conv2d', { pads: 'abcd' }, 'pads="abcd" must be a list'],
  ['conv2d', { pads: null }, 'pads=null must be a list'],
  ['conv2d', { pads: [0, 0, 0] }, 'pads=[0,0,0] must be 4 integers'],
  ['conv2d', { pads: [0, 0, 0, 0.5] }, 'pads=[0,0,0,0.5] must be 4 integers'],
  ['maxPool', { pads: [0, 0, 0, -1] }, 'pads=[0,0,0,-1] must be 4 integers of at least 0'],
  ['conv2d', { pads: [0, 0, 0, '1'] }, 'pads=[0,0,0,"1"] must be 4 integers'],
  ['conv2d', { pads: [0, 0, 0, NaN] }, 'pads=[0,0,0,NaN] must be a list of numbers or strings'],
  ['conv2d', { pads: [0, 0, 0, null] }, 'pads=[0,0,0,null] must be a list of numbers or strings'],
  ['conv2d', { strides: [0, 1] }, 'strides=[0,1] must be 2 integers of at least 1'],
  ['conv2d', { strides: [1, Infinity] }, 'strides=[1,inf] must be 2 integers of at least 1'],
  ['conv2d', { strides: 2 }, 'strides=2 must be a list'],
  ['conv2d', { dilations: [1, 0] }, 'dilations=[1,0] must be 2 integers of at least 1'],
  [
    'conv2d',
    { dilations: [3, 3] },
    'a kernel of 3x3, dilations=[3,3], pads=[0,0,0,0] does not fit into the input [2,4,6,6]',
  ],
  ['conv2d', { group: 0 }, 'group=0 must be an integer of at least 1'],
  ['conv2d', { group: 1.5 }, 'group=1.5 must be an integer of at least 1'],
  ['conv2d', { group: NaN }, 'group=NaN must be a number'],
  ['conv2d', { group: '1' }, 'group="1" must be a number'],
  ['conv2d', { group: 2 }, 'x [2,4,6,6] has 4 channels, but w [4,4,3,3] with group=2 takes 8'],
  [
    'conv2d',
    { act: 'toString' },
    'act="toString" is not one of none, relu, clip, leakyRelu, sigmoid, silu, hardSigmoid, hardSwish, gelu',
  ],
  ['conv2d', { act: 1 }, 'act=1 must be a string'],
  ['conv2d', { act: 'clip' }, 'the activation clip takes 2 parameters, not 0'],
  ['conv2d', { actParams: [1] }, 'the activation none takes 0 parameters, not 1'],
  ['linear', { act: 'clip', actParams: [0, '6'] }, 'actParams=[0,"6"] must be numbers'],
  ['sum', { act: 'clip', actParams: 6 }, 'actParams=6 must be a list'],
  ['maxPool', { kernel_shape: [2] }, 'kernel_shape=[2] must be 2 integers of at least 1'],
  ['maxPool', { pads: [0, 2, 0, 0] }, 'pads=[0,2,0,0] must be smaller than kernel_shape=[2,2]'],
  [
    'maxPool',
    { kernel_shape: [7, 1] },
    'a kernel of 7x1, dilations=[1,1], pads=[0,0,0,0] does not fit into the input [2,4,6,6]',
  ],
  ['averagePool', { count_include_pad: 1 }, 'count_include_pad=1 must be true or false'],
  ['softmax', { axis: 0.5 }, 'axis=0.5 is outside of x [2,4,6,6], which has 4 dimensions'],
  ['softmax', { axis: 4 }, 'axis=4 is outside of x [2,4,6,6], which has 4 dimensions'],
  ['softmax', { axis: -5 }, 'axis=-5 is outside of x [2,4,6,6], which has 4 dimensions'],
  ['softmax', { axis: '1' }, 'axis="1" must be a number'],
  ['concat', { axis: 4 }, 'axis=4 is outside of x[0] [2,4,6,6], which has 4 dimensions'],
  ['flatten', { axis: 5 }, 'axis=5 does not split x [2,4,6,6]'],
  ['flatten', { axis: 1.5 }, 'axis=1.5 does not split x [2,4,6,6]'],
  ['reshape', { shape: 5 }, 'shape=5 must be a list'],
  ['reshape', { shape: [-2, 3] }, 'x [2,4,6,6] cannot take the shape [-2,3]'],
  ['reshape', { shape: ['a b', 3] }, 'x [2,4,6,6] cannot take the shape [a b,3]'],
  ['reshape', { shape: ['M', -1] }, 'x [2,4,6,6] cannot take the shape [M,-1]'],
  ['reshape', { shape: [7, -1] }, 'x [2,4,6,6] cannot take the shape [7,-1]'],
  ['reshape', { shape: [2, 4, 6] }, 'x [2,4,6,6] cannot take the shape [2,4,6]'],
  ['reshape', { shape: [-1, -1] }, 'x [2,4,6,6] cannot take the shape [-1,-1]: more than one -1'],
  [
    'reshape',
    { shape: [2, 4, 6, 6, 0] },
    'x [2,4,6,6] cannot take the shape [2,4,6,6,0]: there is no size to copy for a 0',
  ],
  ['clip', { min: NaN }, 'min=NaN must be a number'],
  ['clip', { max: null }, 'max=null must be a number'],
  ['relu', { constructor: 1 }, 'has no attribute constructor'],
])('refuses %s %o', (op, attrs, message) => {
  expect(attributeError(op, attrs)).toBe(`shape of y: ${op} "y": ${message}`);
});

test.each([NaN, Infinity, -1])('refuses the epsilon %s', (epsilon) => {
  const statistics = ['scale', 'bias', 'mean', 'var'];
  const text = `graph g(%x: f32[2,3]) {
    ${statistics.map((name) => `const %${name} : f32[3]`).join('\n')}
    %y = batchNorm %x, %scale, %bias, %mean, %var
    return %y
  }`;
  const graph = parse(text, randomWeights());
  const nodes = [{ ...graph.nodes[0]!, attrs: { epsilon } } as Node];
  expect(verifyError({ ...graph, nodes })).toContain(`batchNorm "y": epsilon=`);
});
