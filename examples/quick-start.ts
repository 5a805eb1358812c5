/** The README's first example: write a block, compile it, run it. */
import { batchNorm, branches, compile, conv2d, model, relu, sequential } from '../src/index.ts';

const convBn = (out: number, kernel: number) =>
  sequential({ conv: conv2d(out, kernel, { padding: 'same', bias: false }), bn: batchNorm() });

const block = branches({
  dense: convBn(64, 3),
  pointwise: convBn(64, 1),
  identity: batchNorm(),
});

const net = model('block', { x: ['N', 64, 56, 56] }, ({ x }) => ({ y: relu(block(x)) }));
const plain = compile(net);
console.log(plain.graph.nodes.map((node) => node.op)); // [ 'conv2d' ]: one 3x3 convolution with ReLU

const session = await plain.session({ N: 1 });
const { y } = await session.run({ x: new Float32Array(64 * 56 * 56).fill(1) });
console.log(y!.shape); // [ 1, 64, 56, 56 ]
session.close();
