/** Two parallel convolutions of one input are one: a 3x3 and a 1x1, before and after. */
import { compare, compile, conv2d, model, printGraph, sum, Tensor } from '../src/index.ts';

const net = model('two-convs', { x: [1, 8, 16, 16] }, ({ x }) => {
  const wide = conv2d(8, 3, { padding: 1 })(x);
  const pointwise = conv2d(8, 1)(x);
  return { y: sum(wide, pointwise) };
});

const { graph, log } = compile(net);
console.log(printGraph(net));
console.log(printGraph(graph));
for (const { kind, rule, nodes } of log) console.log(`${kind} ${rule}: ${nodes.join(', ')}`);

const x = new Tensor(
  [1, 8, 16, 16],
  new Float32Array(8 * 16 * 16).map((_, i) => Math.sin(i)),
);
const { maxAbsError, outputScale } = await compare(net, graph, { x });
console.log(`on the GPU they differ by ${maxAbsError} of ${outputScale}`);
