import { expect, test } from 'vitest';
import { evaluate } from '../../ir/index.ts';
import { batchNorm, branches, conv2d, globalAveragePool } from '../../src/model/index.ts';
import { model, mul, named, parameter, relu, sequential, sigmoid } from '../../src/model/index.ts';
import type { ConvOptions, Layer } from '../../src/model/index.ts';
import { randomInputs } from '../support/random-weights.ts';

const convBn = (out: number, kernel: number, options: ConvOptions = {}) =>
  sequential({ conv: conv2d(out, kernel, { ...options, bias: false }), bn: batchNorm() });

const repvggBlock =
  (out: number, stride = 1): Layer =>
  (x) => {
    const block = branches({
      rbr_identity: stride === 1 && x.channels === out && batchNorm(),
      rbr_dense: convBn(out, 3, { stride, padding: 1 }),
      rbr_1x1: convBn(out, 1, { stride }),
    });
    return relu(block(x));
  };

test('a RepVGG block', () => {
  const net = model('net', { x: ['N', 4, 'H', 'W'] }, ({ x }) => {
    return sequential({ stage1: sequential([repvggBlock(8, 2), repvggBlock(8)]) })(x);
  });
  const lines = net.nodes.map(({ id, op, inputs }) => {
    return `${id} = ${op}(${inputs.filter((x) => x && !Object.hasOwn(net.consts, x)).join(', ')})`;
  });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "stage1.0.rbr_dense.conv = conv2d(x)
    stage1.0.rbr_dense.bn = batchNorm(stage1.0.rbr_dense.conv)
    stage1.0.rbr_1x1.conv = conv2d(x)
    stage1.0.rbr_1x1.bn = batchNorm(stage1.0.rbr_1x1.conv)
    stage1.0.sum = sum(stage1.0.rbr_dense.bn, stage1.0.rbr_1x1.bn)
    stage1.0.relu = relu(stage1.0.sum)
    stage1.1.rbr_identity = batchNorm(stage1.0.relu)
    stage1.1.rbr_dense.conv = conv2d(stage1.0.relu)
    stage1.1.rbr_dense.bn = batchNorm(stage1.1.rbr_dense.conv)
    stage1.1.rbr_1x1.conv = conv2d(stage1.0.relu)
    stage1.1.rbr_1x1.bn = batchNorm(stage1.1.rbr_1x1.conv)
    stage1.1.sum = sum(stage1.1.rbr_identity, stage1.1.rbr_dense.bn, stage1.1.rbr_1x1.bn)
    stage1.1.relu = relu(stage1.1.sum)"
  `);
  expect(Object.keys(net.consts).slice(0, 6)).toEqual([
    'stage1.0.rbr_dense.conv.weight',
    'stage1.0.rbr_dense.bn.weight',
    'stage1.0.rbr_dense.bn.bias',
    'stage1.0.rbr_dense.bn.running_mean',
    'stage1.0.rbr_dense.bn.running_var',
    'stage1.0.rbr_1x1.conv.weight',
  ]);
});

test('a block with squeeze and excitation, and a parameter of its own', () => {
  const squeezeExcite: Layer = (x) => {
    const gate = sequential({
      pool: globalAveragePool,
      fc1: conv2d(2, 1),
      relu,
      fc2: conv2d(x.channels, 1),
      sigmoid,
    });
    return mul(x, gate(x));
  };
  const net = model('se', { x: [1, 8, 3, 3] }, ({ x }) => {
    const y = named('se', squeezeExcite)(x);
    return { y: mul(y, parameter(y, 'gamma', [8, 1, 1], { init: 0 })) };
  });
  expect(Object.keys(net.consts)).toEqual([
    'se.fc1.weight',
    'se.fc1.bias',
    'se.fc2.weight',
    'se.fc2.bias',
    'gamma',
  ]);
  const { y } = evaluate(net, randomInputs(net));
  expect(y!.data.every((value) => value === 0)).toBe(true);
});
