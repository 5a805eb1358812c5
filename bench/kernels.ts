/**
 * Single layers and whole networks, the kernels for adapters with subgroups beside those for adapters
 * without: milliseconds, GFLOP/s, and the share of the adapter's multiply-add peak measured in the same
 * rounds. `npm run bench:kernels -- [--rounds 15] [NAME...]`, and `NAME=KERNEL` to force a kernel.
 */
import { parseArgs } from 'node:util';
import { GraphBuilder, graphStats, specialise, Tensor, type Graph } from '../ir/index.ts';
import { compile, openDevice, openSession, zoo, type Session } from '../src/index.ts';
import { quantile as quantileOfSorted } from '../src/statistics.ts';
import { preparePeak } from './peak.ts';

interface ConvCase {
  readonly channels: number;
  readonly outputs: number;
  readonly size: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly group?: number;
}

const layers: Readonly<Record<string, ConvCase>> = {
  '48@56': { channels: 48, outputs: 48, size: 56 },
  '96@28': { channels: 96, outputs: 96, size: 28 },
  '192@14': { channels: 192, outputs: 192, size: 14 },
  stem: { channels: 3, outputs: 48, size: 224, stride: 2 },
  '48@112/2': { channels: 48, outputs: 48, size: 112, stride: 2 },
  '48-96@56/2': { channels: 48, outputs: 96, size: 56, stride: 2 },
  '96-192@28/2': { channels: 96, outputs: 192, size: 28, stride: 2 },
  '192-1280@14/2': { channels: 192, outputs: 1280, size: 14, stride: 2 },
  '1x1-64-128@56': { channels: 64, outputs: 128, size: 56, kernel: 1 },
  '1x1-256@14': { channels: 256, outputs: 256, size: 14, kernel: 1 },
  '1x1-1024@7': { channels: 1024, outputs: 1024, size: 7, kernel: 1 },
  'dw-64@56': { channels: 64, outputs: 64, size: 56, group: 64 },
  'dw-256@14': { channels: 256, outputs: 256, size: 14, group: 256 },
  'dw-64@112/2': { channels: 64, outputs: 64, size: 112, group: 64, stride: 2 },
};

const networks = {
  'repvgg-a0': () => compile(zoo['repvgg-a0']()).graph,
  'mobileone-s0': () => compile(zoo['mobileone-s0']()).graph,
};

const noise = (shape: readonly number[]): Tensor => {
  const length = shape.reduce((a, b) => a * b, 1);
  return new Tensor(
    shape,
    Float32Array.from({ length }, (_, i) => Math.sin(i * 1.3)),
  );
};

function convGraph({
  channels,
  outputs,
  size,
  kernel = 3,
  stride = 1,
  group = 1,
}: ConvCase): Graph {
  const b = new GraphBuilder('conv');
  b.input('x', [1, channels, size, size]);
  b.constant('w', noise([outputs, channels / group, kernel, kernel]));
  b.constant('bias', noise([outputs]));
  const pad = (kernel - 1) / 2;
  const pads = [pad, pad, pad, pad];
  b.node('conv2d', 'y', ['x', 'w', 'bias'], {
    pads,
    strides: [stride, stride],
    group,
    act: 'relu',
  });
  return b.finish([{ name: 'y', value: 'y' }]);
}

function linearGraph(): Graph {
  const b = new GraphBuilder('linear');
  b.input('x', [1, 1280]);
  b.constant('w', noise([1000, 1280]));
  b.constant('bias', noise([1000]));
  b.node('linear', 'y', ['x', 'w', 'bias']);
  return b.finish([{ name: 'y', value: 'y' }]);
}

function poolGraph(): Graph {
  const b = new GraphBuilder('pool');
  b.input('x', [1, 1280, 7, 7]);
  b.node('globalAveragePool', 'y', ['x']);
  return b.finish([{ name: 'y', value: 'y' }]);
}

const graphs: Readonly<Record<string, () => Graph>> = {
  ...Object.fromEntries(Object.entries(layers).map(([name, one]) => [name, () => convGraph(one)])),
  linear: linearGraph,
  pool: poolGraph,
  ...networks,
};

interface Subject {
  readonly name: string;
  readonly session: Session;
  readonly kernels: string;
  readonly macs: number;
  /** Milliseconds of the first run, most of which the driver compiles. */
  readonly first: number;
  readonly times: number[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '15' } },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(graphs);
const device = await openDevice();
const profile = { ...device.profile, features: [], subgroupSize: null, subgroupMinSize: null };
const peak = await preparePeak(device);

const kernelsOf = ({ plan }: Session) => {
  const keys = plan.dispatches.map((one) => plan.pipelines[one.pipeline]!.key.replace(/ \S+$/, ''));
  return keys.length > 4 ? `${keys.length} dispatches` : keys.join(', ');
};

const subjects: Subject[] = [];
for (const item of wanted) {
  const [name, kernel] = item.split('=') as [string, string?];
  const source = graphs[name]!();
  const dims = source.inputs[0]!.shape[0] === 'N' ? { N: 1 } : {};
  const macs = graphStats(specialise(source, dims)).macs;
  const ways = kernel ? [{ device }] : [{ device }, { device: { ...device, profile } }];
  for (const way of ways) {
    const lowering = kernel ? { kernel } : {};
    const session = await openSession(source, { ...way, dims, lowering });
    const first = await session.measure();
    subjects.push({ name, session, kernels: kernelsOf(session), macs, first, times: [] });
  }
}

const peaks: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  peaks.push(peak.flops / (await peak.measure()) / 1e6);
  for (const { session, times } of subjects) times.push(await session.measure());
}

const quantile = (all: readonly number[], part: number): number =>
  quantileOfSorted(
    all.toSorted((a, b) => a - b),
    part,
  );
const top = quantile(peaks, 0.75);
console.log(`${device.info.description}`);
console.log(
  `peak ${quantile(peaks, 1).toFixed(1)} GFLOP/s at best, ${top.toFixed(1)} at its 75th percentile`,
);
console.log('layer           min ms  p25 ms  median  GFLOP/s  of peak  first ms  kernels');
for (const { name, kernels, macs, first, times } of subjects) {
  const p25 = quantile(times, 0.25);
  const gflops = (2 * macs) / p25 / 1e6;
  const columns = [quantile(times, 0), p25, quantile(times, 0.5)].map((ms) =>
    ms.toFixed(2).padStart(7),
  );
  console.log(
    `${name.padEnd(14)} ${columns.join(' ')}  ${gflops.toFixed(1).padStart(7)}  ` +
      `${((100 * gflops) / top).toFixed(0).padStart(5)} %  ${first.toFixed(0).padStart(8)}  ${kernels}`,
  );
}
console.log('how many times as fast with subgroups, by 25th percentile and by minimum:');
for (const [i, { name, times }] of subjects.entries()) {
  const other = subjects[i + 1];
  if (other?.name !== name) continue;
  const ratio = (q: number) => (quantile(other.times, q) / quantile(times, q)).toFixed(2);
  console.log(`${name.padEnd(14)} ${ratio(0.25).padStart(7)} ${ratio(0).padStart(7)}`);
}
for (const { session } of subjects) session.close();
device.close();
