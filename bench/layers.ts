/** Our own kernels on single layers, next to the adapter's peak in the same rounds. */
import { graphStats, type Device } from '../src/index.ts';
import { lower, type Plan } from '../codegen/index.ts';
import { makeClock, type ClockKind } from '../src/runtime/clock.ts';
import { prepare } from '../src/runtime/executable.ts';
import { repeatShort } from '../src/runtime/repeat.ts';
import { openMultiplyAdds } from '../src/runtime/roofline.ts';
import type { BoundStep } from '../src/runtime/steps.ts';
import { formsOf, layers as cases } from './networks.ts';
import { makeNoise } from './protocol.ts';
import { summarise } from './statistics.ts';

/** A layer, and the kernels that compute it. */
export interface PreparedLayer {
  readonly layer: string;
  readonly kernel: string;
  /** Of the direct convolution, two for a multiply-add. */
  readonly flops: number;
}

export interface Prepared {
  readonly clock: ClockKind;
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

/** The peak and all layers are timed in one submission, as `--profile` times the dispatches of networks. */
export async function prepareLayers(
  device: Device,
): Promise<{ layers: Prepared; measure: () => Promise<LayerTimes> }> {
  const peak = await openMultiplyAdds(device);
  const layers: PreparedLayer[] = [];
  const steps: (readonly BoundStep[])[] = [peak.steps];
  for (const one of cases) {
    const { plain } = formsOf(one, 1);
    const plan = lower(plain, device.profile);
    const executable = await prepare(plan, plain.consts, device);
    for (const { region } of plan.inputs) {
      const noise = makeNoise(region.bytes / 4) as Float32Array<ArrayBuffer>;
      device.gpu.queue.writeBuffer(executable.activations[region.buffer]!, region.offset, noise);
    }
    layers.push({ layer: one.name, kernel: kernelsOf(plan), flops: 2 * graphStats(plain).macs });
    steps.push(executable.steps);
  }
  const clock = makeClock(device, { most: steps.length, name: 'single layers' });
  const timed = await repeatShort(steps, clock);
  const measure = async (): Promise<LayerTimes> => {
    const readings = await clock.read(timed);
    const [peakMs, ...times] = readings.map((us, i) => us / timed[i]!.times / 1000);
    return { peak: peakMs!, layers: times };
  };
  return { layers: { clock: clock.kind, peakFlops: peak.work, layers }, measure };
}

/** The rows, and the peak in GFLOP/s, of 25th percentiles over the rounds. */
export function summariseLayers(
  { clock, peakFlops, layers }: Prepared,
  rounds: readonly LayerTimes[],
): { layersClock: ClockKind; fmaPeakGflops: number; layers: LayerRow[] } {
  const fmaPeakGflops = peakFlops / summarise(rounds.map(({ peak }) => peak)).p25 / 1e6;
  const rows = layers.map(({ layer, kernel, flops }, i) => {
    const ms = summarise(rounds.map((round) => round.layers[i]!)).p25;
    const gflops = flops / ms / 1e6;
    return { layer, kernel, ms, gflops, shareOfPeak: gflops / fmaPeakGflops };
  });
  return { layersClock: clock, fmaPeakGflops, layers: rows };
}
