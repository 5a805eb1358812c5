/** What was merged and what was not: the log, the graph, a kernel, and the check on the GPU. */
import { compare, compile, conv2d, model, printGraph, printLog } from '../src/index.ts';
import { relu, sum, Tensor } from '../src/index.ts';

const net = model('skip', { x: [1, 8, 16, 16] }, ({ x }) => {
  const h = relu(conv2d(8, 3, { padding: 1 })(x));
  return { y: sum(conv2d(8, 3, { padding: 1 })(h), conv2d(8, 1)(h), conv2d(8, 1)(x)) };
});

const plain = compile(net);
console.log(printLog(plain.log)); // refused … at sum, …: the branches read different tensors
console.log(printGraph(plain.graph)); // the graph as text
console.log(plain.wgsl('relu')); // the kernel that computes a node

const x = new Tensor([1, 8, 16, 16], new Float32Array(8 * 16 * 16).fill(1));
const { maxAbsError, outputScale } = await compare(net, plain.graph, { x });
console.log(`on the GPU they differ by ${maxAbsError} of ${outputScale}`);
