/**
 * What compiling costs: seconds for a graph of 10,000 nodes, seconds and peak memory for RepVGG-B3
 * (123 M parameters). `npm run bench:compile`
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compile, loadStateDict, stateDict, zoo } from '../src/index.ts';
import { elementCount, GraphBuilder, tensor, type Graph } from '../ir/index.ts';

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

/** What was compiled, in how many seconds, and how many of the processor, in all threads. */
function timed(name: string, graph: Graph): string {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const plain = compile(graph).graph;
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const processor = ((user + system) / 1e6).toFixed(2);
  const counts = `${graph.nodes.length} nodes to ${plain.nodes.length}`;
  return `${name}: ${counts} in ${seconds.toFixed(2)} s (${processor} s of processor time)`;
}

const bytesOf = ({ consts }: Graph): number =>
  Object.values(consts).reduce((bytes, { shape }) => bytes + 4 * elementCount(shape), 0);

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const cases: Readonly<Record<string, () => string>> = {
  deep: () => timed('deep graph', deepGraph(10_000)),
  'repvgg-b3'() {
    const empty = process.memoryUsage().rss;
    const drawn = zoo['repvgg-b3']();
    // Plain data, as from a checkpoint: the zoo's initial weights are only drawn when needed.
    const network = loadStateDict(drawn, stateDict(drawn));
    const weights = bytesOf(network);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const line = timed('repvgg-b3', network);
    const peak = process.resourceUsage().maxRSS * 1024;
    const resident = `resident ${mebibytes(empty)} without a model, ${mebibytes(before)} before, ${mebibytes(peak)} at its peak`;
    const times = `${(peak / weights).toFixed(2)} times the weights`;
    return `${line}; weights ${mebibytes(weights)}; ${resident}, ${times}`;
  },
};

const [wanted] = process.argv.slice(2);
if (wanted !== undefined) console.log(cases[wanted]!());
else {
  // A process for each, so that none finds the compiler warm or the memory full.
  for (const name of Object.keys(cases)) {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), name];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
