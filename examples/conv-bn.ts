/** A BatchNorm folded into the convolution before it, and why a second one is not. */
import { batchNorm, compile, conv2d, model, printGraph, printLog } from '../src/index.ts';
import { randomiseStatistics, relu, sequential } from '../src/index.ts';

const net = model('conv-bn', { x: ['N', 3, 32, 32] }, ({ x }) => {
  const folded = sequential({ conv1: conv2d(8, 3, { bias: false }), bn1: batchNorm() })(x);
  // The ReLU stands between this convolution and its BatchNorm.
  const kept = sequential({ conv2: conv2d(8, 3), relu, bn2: batchNorm() })(x);
  return { folded, kept };
});

const { graph, log } = compile(randomiseStatistics(net));
console.log(printGraph(net));
console.log(printGraph(graph));
console.log(printLog(log));
