/**
 * A block that the zoo does not have, and a rule of one's own for it: as in the Diverse Branch Block (Ding
 * et al. 2021), one of the branches is an average pool, which is a convolution as well.
 */
import { any, avgPool2d, batchNorm, branches, compare, compile, conv2d } from '../src/index.ts';
import { fixpoint, Lazy, model, op, pipeline, printGraph, printLog } from '../src/index.ts';
import { randomiseStatistics, relu, rule, sequential, Tensor } from '../src/index.ts';

const averagePoolToConv = rule({
  name: 'average-pool-to-conv',
  identity: 'averagePool(x) = conv(x, 1 / (kH kW)), channel by channel',
  pattern: op('averagePool', 'pool', any('x')),
  sound: { 'the divisor leaves the padding out': ({ pool }) => pool.attrs.count_include_pad },
  rewrite({ pool, x }, build) {
    const { kernel_shape: kernel, strides, pads } = pool.attrs;
    const [channels, mean] = [x.shape[1] as number, 1 / (kernel[0]! * kernel[1]!)];
    const weights = new Lazy([channels, 1, ...kernel], (_, row) => row.fill(mean), x.dtype);
    const weight = build.constant(`${pool.id}.weight`, weights);
    return { op: 'conv2d', inputs: [x.id, weight], attrs: { strides, pads, group: channels } };
  },
});

const normalised = (layers: Parameters<typeof branches>[0]) =>
  sequential({ layers: sequential(layers), bn: batchNorm() });

const block = branches({
  origin: normalised([conv2d(16, 3, { padding: 1, bias: false })]),
  pointwise: normalised([conv2d(16, 1, { bias: false })]),
  average: normalised([avgPool2d(3, { stride: 1, padding: 1 })]),
});
const net = randomiseStatistics(
  model('diverse-branch', { x: [1, 16, 14, 14] }, ({ x }) => ({ y: relu(block(x)) })),
);

const without = compile(net);
const withRule = compile(net, { passes: [fixpoint('mine', [averagePoolToConv]), ...pipeline] });
console.log(printGraph(without.graph));
console.log(printGraph(withRule.graph));
console.log(printLog(withRule.log));

const x = new Tensor(
  [1, 16, 14, 14],
  Float32Array.from({ length: 16 * 14 * 14 }, (_, i) => Math.sin(i)),
);
const { maxAbsError, outputScale } = await compare(net, withRule.graph, { x });
console.log(`on the GPU they differ by ${maxAbsError} of ${outputScale}`);
