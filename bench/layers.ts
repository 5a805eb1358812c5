/** Our own kernels on single layers, next to the adapter's peak in the same rounds. */
import { graphStats, type Device } from '../src/index.ts';
import { lower, type Plan } from '../codegen/index.ts';
import { prepare } from '../src/runtime/executable.ts';
import { formsOf, layers as cases, type Case } from './networks.ts';
import { preparePeak } from './peak.ts';
import { makeNoise } from './protocol.ts';
import { summarise } from './statistics.ts';
import { makeSubmissionTimer } from './submission.ts';

/** A layer, and the kernels that compute it. */
export interface PreparedLayer {
  readonly layer: string;
  readonly kernel: string;
  /** Of the direct convolution, two for a multiply-add. */
  readonly flops: number;
}

export interface Prepared {
  readonly peakFlops: number;
  readonly layers: readonly PreparedLayer[];
}

/** Milliseconds of one round. */
export interface LayerTimes {
  readonly peak: number;
  /** In the order of the layers. */
  readonly layers: readonly number[];
}

/** One row of the result; `ms` is the 25th percentile, and so are those that the shares are of. */
export interface LayerRow {
  readonly layer: string;
  readonly kernel: string;
  readonly ms: number;
  /** Direct-equivalent: what a direct convolution would do in this time. */
  readonly gflops: number;
  readonly shareOfPeak: number;
}

/** Kernels with the parameters that they were made with, in the order in which they run. */
const kernelsOf = ({ dispatches, pipelines }: Plan): string =>
  dispatches.map(({ kernel, pipeline }) => pipelines[pipeline]?.key ?? kernel).join(' + ');

/** A submission takes some 0.1 ms by itself: short layers are done several times in one. */
const LEAST_MS = 8;

export async function prepareLayers(
  device: Device,
): Promise<{ layers: Prepared; measure: () => Promise<LayerTimes> }> {
  const peak = await preparePeak(device);
  const runs: (() => Promise<number>)[] = [];
  const layers: PreparedLayer[] = [];
  for (const one of cases) {
    const { plan, flops, measure } = await prepareLayer(one, device);
    layers.push({ layer: one.name, kernel: kernelsOf(plan), flops });
    runs.push(measure);
  }
  const measure = async (): Promise<LayerTimes> => {
    const times: number[] = [];
    const peakMs = await peak.measure();
    for (const run of runs) times.push(await run());
    return { peak: peakMs, layers: times };
  };
  return { layers: { peakFlops: peak.flops, layers }, measure };
}

async function prepareLayer(one: Case, device: Device) {
  const { plain } = formsOf(one, 1);
  const plan = lower(plain, device.profile);
  const { gpu } = device;
  const executable = await prepare(plan, plain.consts, device);
  for (const { region } of plan.inputs) {
    const noise = makeNoise(region.bytes / 4) as Float32Array<ArrayBuffer>;
    gpu.queue.writeBuffer(executable.activations[region.buffer]!, region.offset, noise);
  }
  const repeat = (times: number) =>
    makeSubmissionTimer(device, (encoder) => {
      for (let i = 0; i < times; i++) executable.encode(encoder);
    });
  await repeat(1)(); // The driver compiles.
  const times = Math.max(1, Math.ceil((2 * LEAST_MS) / (await repeat(2)())));
  const runAll = repeat(times);
  const measure = async () => (await runAll()) / times;
  return { plan, flops: 2 * graphStats(plain).macs, measure };
}

/** The rows, and the peak in GFLOP/s, of 25th percentiles over the rounds. */
export function summariseLayers(
  { peakFlops, layers }: Prepared,
  rounds: readonly LayerTimes[],
): { fmaPeakGflops: number; layers: LayerRow[] } {
  const fmaPeakGflops = peakFlops / summarise(rounds.map(({ peak }) => peak)).p25 / 1e6;
  const rows = layers.map(({ layer, kernel, flops }, i) => {
    const ms = summarise(rounds.map((round) => round.layers[i]!)).p25;
    const gflops = flops / ms / 1e6;
    return { layer, kernel, ms, gflops, shareOfPeak: gflops / fmaPeakGflops };
  });
  return { fmaPeakGflops, layers: rows };
}
