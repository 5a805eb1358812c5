/**
 * What compiling costs: seconds for a graph of 10,000 nodes, seconds and peak memory for RepVGG-B3
 * (123 M parameters). `npm run bench:compile`
 */
import { compile, loadStateDict, stateDict, zoo } from '../src/index.ts';
import { GraphBuilder, tensor, type Graph } from '../ir/index.ts';

const MEBI = 2 ** 20;

/** Blocks of a 3x3 and a 1x1 convolution and an identity, each with BatchNorm; sum; ReLU: 7 nodes each. */
function deepGraph(nodes: number): Graph {
  const builder = new GraphBuilder('deep');
  const channels = 4;
  const vector = (name: string) => builder.constant(name, tensor([channels], [0.9, 1.1, 0.8, 1.2]));
  const norm = (name: string, x: string) => {
    const parts = ['weight', 'bias', 'running_mean', 'running_var'];
    return builder.node('batchNorm', name, [x, ...parts.map((p) => vector(`${name}.${p}`))]);
  };
  const conv = (name: string, x: string, kernel: number) => {
    const shape = [channels, channels, kernel, kernel];
    const weights = Array.from({ length: channels ** 2 * kernel ** 2 }, (_, i) => Math.sin(i + 1));
    const w = builder.constant(`${name}.weight`, tensor(shape, weights));
    const pad = (kernel - 1) / 2;
    return builder.node('conv2d', name, [x, w], { pads: [pad, pad, pad, pad] });
  };
  let x = builder.input('x', ['N', channels, 8, 8]);
  for (let block = 0; block < nodes / 7; block++) {
    const branches = [
      norm(`${block}.bn3`, conv(`${block}.conv3`, x, 3)),
      norm(`${block}.bn1`, conv(`${block}.conv1`, x, 1)),
      norm(`${block}.bn0`, x),
    ];
    x = builder.node('relu', `${block}.relu`, [builder.node('sum', `${block}.sum`, branches)]);
  }
  return builder.finish([{ name: 'y', value: x }]);
}

function time<T>(run: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = run();
  return { result, seconds: (performance.now() - start) / 1000 };
}

const deep = deepGraph(10_000);
const { result, seconds } = time(() => compile(deep));
const counts = `${deep.nodes.length} nodes to ${result.graph.nodes.length}`;
console.log(`deep graph: ${counts} in ${seconds.toFixed(2)} s`);

const drawn = zoo['repvgg-b3']();
// Plain data, as from a checkpoint: the zoo's initial weights are only drawn when needed.
const network = loadStateDict(drawn, stateDict(drawn));
const weights = Object.values(network.consts).reduce(
  (bytes, constant) => bytes + 4 * constant.shape.reduce((a, b) => a * b, 1),
  0,
);
globalThis.gc?.();
const before = process.memoryUsage().rss;
const compiled = time(() => compile(network));
const peak = process.resourceUsage().maxRSS * 1024;
console.log(
  `repvgg-b3: ${network.nodes.length} nodes to ${compiled.result.graph.nodes.length} in ` +
    `${compiled.seconds.toFixed(2)} s; weights ${(weights / MEBI).toFixed(0)} MiB, resident before ` +
    `${(before / MEBI).toFixed(0)} MiB, at its peak ${(peak / MEBI).toFixed(0)} MiB, ` +
    `${(peak / weights).toFixed(2)} times the weights`,
);
