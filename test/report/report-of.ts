/** Reports to test with. */
import { compile, graphStats, specialise } from '../../src/index.ts';
import { batchNorm, conv2d, model, relu, sum, type Graph } from '../../src/index.ts';
import { nominalShape } from '../../ir/index.ts';
import type { Equivalence } from '../../src/equivalence/index.ts';
import type { ReportInput, ReportStats } from '../../src/node.ts';

export const verified: Equivalence = {
  ok: true,
  maxAbsError: 3.2e-6,
  tolerance: 1.4e-4,
  outputScale: 18.3,
  method: 'whole graph',
  worst: { value: 'y', region: null },
};

/** What the command would give, with open sizes fixed to 1. */
export function reportOf(network: Graph, more: Partial<ReportInput> = {}): ReportInput {
  const open = network.inputs.flatMap(({ shape }) => shape.filter((d) => typeof d === 'string'));
  const source = specialise(network, Object.fromEntries(open.map((symbol) => [symbol, 1])));
  const { graph: plain, log } = compile(source);
  return {
    title: 'network.onnx',
    source,
    plain,
    log,
    before: statsOf(source),
    after: statsOf(plain),
    equivalence: verified,
    seconds: 1.25,
    ...more,
  };
}

/** The largest single activation stands in for the peak of a plan. */
function statsOf(graph: Graph): ReportStats {
  const bytes = graph.nodes.map(
    ({ outputs: [{ shape }] }) => 4 * nominalShape(shape).reduce((a, b) => a * b, 1),
  );
  return { ...graphStats(graph), peakActivationBytes: Math.max(...bytes) };
}

/** Blocks of seven nodes, each of which becomes one convolution. */
export const chainOf = (blocks: number): Graph =>
  model('chain', { x: [1, 4, 8, 8] }, ({ x }) => {
    let h = x!;
    for (let i = 0; i < blocks; i++) {
      const dense = batchNorm()(conv2d(4, 3, { padding: 1 })(h));
      h = relu(sum(dense, batchNorm()(conv2d(4, 1)(h)), batchNorm()(h)));
    }
    return { y: h };
  });
