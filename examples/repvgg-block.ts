/** A RepVGG block, pass by pass: the graph after each rule has done its part. */
import { batchNorm, branches, conv2d, model, printGraph, relu, runPasses } from '../src/index.ts';
import { sequential, type Layer } from '../src/index.ts';
import { fixpoint, foldBn, fuseRelu, identityToConv } from '../src/index.ts';
import { materialiseWeights, pad1x1To3x3, sumParallelConvs } from '../src/index.ts';

const convBn = (out: number, kernel: number, stride: number): Layer => {
  const options = { stride, padding: (kernel - 1) / 2, bias: false };
  return sequential({ conv: conv2d(out, kernel, options), bn: batchNorm() });
};

const repvggBlock =
  (out: number, stride = 1): Layer =>
  (x) => {
    const block = branches({
      rbr_dense: convBn(out, 3, stride),
      rbr_1x1: convBn(out, 1, stride),
      rbr_identity: stride === 1 && x.channels === out && batchNorm(),
    });
    return relu(block(x));
  };

const net = model('block', { x: [1, 16, 8, 8] }, ({ x }) => ({ y: repvggBlock(16)(x) }));
console.log(printGraph(net));

let graph = net;
for (const rule of [foldBn, identityToConv, pad1x1To3x3, sumParallelConvs, fuseRelu]) {
  console.log(`\n${rule.name}\n  ${rule.identity}\n`);
  graph = runPasses(graph, [fixpoint(rule.name, [rule])]).graph;
  console.log(printGraph(graph));
}
// Until here the weights are expressions; now each is computed in float64 and rounded once.
graph = runPasses(graph, [materialiseWeights]).graph;
