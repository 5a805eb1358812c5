/**
 * The benchmark of the RepVGG tutorial (F. S. Zuppichini, 2022): widths 64 to 512, two blocks a stage,
 * both forms, over batch sizes. Every run is waited for until the device is done.
 *
 *     npm run example examples/tutorial-benchmark.ts -- --size 64 --batches 1,2,4,8 --rounds 5
 */
import { parseArgs } from 'node:util';
import { batchNorm, branches, compile, conv2d, flatten, globalAveragePool } from '../src/index.ts';
import { linear, model, openSession, randomiseStatistics, relu } from '../src/index.ts';
import { sequential, type Layer } from '../src/index.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '64' },
    batches: { type: 'string', default: '1,2,4,8' },
    rounds: { type: 'string', default: '5' },
  },
});
const [size, rounds] = [Number(values.size), Number(values.rounds)];
const batches = values.batches.split(',').map(Number);

const convBn = (out: number, kernel: number, stride: number): Layer =>
  sequential([
    conv2d(out, kernel, { stride, padding: (kernel - 1) / 2, bias: false }),
    batchNorm(),
  ]);

const block =
  (out: number, stride: number): Layer =>
  (x) => {
    const sum = branches({
      block: convBn(out, 3, stride),
      shortcut: convBn(out, 1, stride),
      identity: stride === 1 && x.channels === out && batchNorm(),
    });
    return relu(sum(x));
  };

const stages = [64, 128, 256, 512].map((width) => sequential([block(width, 2), block(width, 1)]));
const net = sequential({
  stages: sequential(stages),
  pool: globalAveragePool,
  flatten,
  head: linear(1000),
});
const training = randomiseStatistics(
  model('tutorial', { x: ['N', 3, size, size] }, ({ x }) => ({ logits: net(x) })),
);
const plain = compile(training).graph;

const median = (times: number[]): number =>
  times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;

console.log(`input ${size}x${size}, median of ${rounds} interleaved rounds, milliseconds an image`);
console.log('batch   training      plain   speed-up');
for (const N of batches) {
  const sessions = [
    await openSession(training, { dims: { N } }),
    await openSession(plain, { dims: { N } }),
  ];
  const times: number[][] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [i, session] of sessions.entries()) {
      const ms = await session.measure();
      if (round > 0) times[i]!.push(ms / N); // in the first round the driver compiles
    }
  }
  for (const session of sessions) session.close();
  const [before, after] = times.map(median) as [number, number];
  const cells = [before.toFixed(2), after.toFixed(2), `${(before / after).toFixed(2)} x`];
  console.log(`${N}`.padEnd(6) + cells.map((cell) => cell.padStart(11)).join(''));
}
