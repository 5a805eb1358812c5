/** From a graph to a session. */
import {
  lower,
  type LowerOptions,
  type TunedChoices,
  type Precision,
} from '../../codegen/index.ts';
import { expectFixed, expectGraph, specialise, type Graph } from '../../ir/index.ts';
import {
  expectMilliseconds,
  expectOneOf,
  expectTuning,
  expectPrecisions,
} from '../tuning/expect-options.ts';
import { adapterKey, jobsOn, readTuning, tuneOn } from '../tuning/index.ts';
import type { TuneMode, TuneProgress, Tuning, TuningStore } from '../tuning/index.ts';
import { describeUnused } from '../tuning/unused.ts';
import { borrowDefaultDevice } from './default-device.ts';
import type { Device } from './device.ts';
import { startPlan, type Session } from './session.ts';

export interface SessionOptions {
  /** Sizes for the symbols in the shapes of the graph's inputs: `{ N: 1 }`. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Where to run; by default a device that all sessions share, opened with the first of them. */
  readonly device?: Device;
  /**
   * How numbers are stored on the device: `f16`, where it has the feature `shader-f16`, halves the memory, and what
   * is moved, of weights and of the values between layers. By default, and without the feature, `f32`. Sums are in
   * float32 in any case, and so are images that Winograd's kernels transform, and the inputs and outputs of `run`.
   * `compare(a, b, inputs)`, of a session with and one without, tells what it does to the outputs.
   */
  readonly precision?: Precision;
  /**
   * That of the weights of convolutions and linear layers alone, where the kernel can load them. With `f16`, each is
   * off by up to 2^-11 of itself, or 2^-25; Winograd's kernels store, so rounded, what they transform of them. Those
   * beyond 65504 are refused.
   */
  readonly weights?: Precision;
  /**
   * That of the values between layers alone. With `f16`, each is off by up to 2^-11 of itself, or 2^-25, where the
   * device rounds to nearest, and by twice as much where not; what is beyond 65504 is stored as 65504.
   */
  readonly activations?: Precision;
  /**
   * With `f16`, matrix products may also multiply in float16, and add up to 16 products, before they add to float32,
   * where both operands are stored in float16. Sums beyond 65504 are lost; see `compare`. By default `f32`. Refused
   * where weights or activations are in float32, since no product could then be in float16.
   */
  readonly arithmetic?: Precision;
  /** How to choose kernels; for measurements and tests. */
  readonly lowering?: LowerOptions;
  /**
   * Whether to measure which kernels are best on the device, where that is not known yet: some of them in about
   * ten seconds, or all that may be best in minutes. Measurements are kept. Default `off`: by estimate.
   */
  readonly tune?: 'off' | TuneMode;
  /**
   * Measurements from `tune` or `importTuning`. Those that do not hold here cost a warning; with `tune: 'full'` those
   * that `quick` made are repeated.
   */
  readonly tuning?: Tuning;
  /** Milliseconds after which nothing more is measured; 10,000 for `quick`, 300,000 for `full`. */
  readonly tuneBudgetMs?: number;
  /** Where measurements are kept; by default the user's cache folder, or IndexedDB. Null keeps none. */
  readonly tuningStore?: TuningStore | null;
  readonly onTune?: (progress: TuneProgress) => void;
  /** Hears of measurements that cannot be read, written or used, and of kernels that are wrong; else the console. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Makes a graph ready to run: generates and compiles its kernels and uploads its weights. Sessions of
 * one graph share weights and pipelines, whatever their sizes. A session holds no weights on the host:
 * they are freed there when the caller lets the graph go.
 *
 * Throws `input` for options that are none, `dimension` for sizes not fixed, `limit` for a tensor the device cannot hold, `no-adapter`,
 * `out-of-memory`, and `gpu` where a kernel is refused; each names the node, weight or value.
 */
export async function openSession(graph: Graph, options: SessionOptions = {}): Promise<Session> {
  const { dims = {}, precision } = options;
  const lowering = {
    ...options.lowering,
    weights: firstGiven(options.lowering?.weights, options.weights, precision),
    activations: firstGiven(options.lowering?.activations, options.activations, precision),
    arithmetic: firstGiven(options.lowering?.arithmetic, options.arithmetic),
  };
  expectPrecisions({ precision, ...lowering });
  expectOneOf('tune', options.tune, ['off', 'quick', 'full']);
  expectMilliseconds('tuneBudgetMs', options.tuneBudgetMs);
  expectTuning(options.tuning);
  const fixed = expectFixed(specialise(expectGraph(graph, 'openSession'), dims));
  return onDevice(options.device, async (device, release) => {
    const tuned = await tunedChoices(fixed, device, { ...options, lowering });
    const plan = lower(fixed, device.profile, { ...lowering, ...(tuned && { tuned }) });
    return startPlan(plan, fixed.consts, { device, release, sizes: printSizes(dims) });
  });
}

/** Undefined is as good as left out; null is for `expectPrecisions` to refuse. */
const firstGiven = <T>(...values: readonly T[]): T | undefined =>
  values.find((value) => value !== undefined);

/** Undefined where nothing is measured and nothing was given. */
async function tunedChoices(
  graph: Graph,
  device: Device,
  options: SessionOptions,
): Promise<TunedChoices | undefined> {
  const { tune = 'off', tuning, tuneBudgetMs, tuningStore, onTune, onWarning, lowering } = options;
  const given = tuning && readTuning(tuning);
  const unused = tuning && describeUnused(tuning, graph, device, lowering ?? {});
  if (unused) (onWarning ?? ((text) => console.warn(text)))(unused);
  if (tune === 'off') return given && jobsOn(given, adapterKey(device));
  const result = await tuneOn(graph, device, {
    mode: tune,
    ...(tuning && { tuning }),
    ...(tuneBudgetMs !== undefined && { budgetMs: tuneBudgetMs }),
    ...(tuningStore !== undefined && { store: tuningStore }),
    ...(onTune && { onProgress: onTune }),
    ...(onWarning && { onWarning }),
    ...(lowering && { lowering }),
  });
  return jobsOn(result.tuning, result.adapter);
}

async function onDevice<T>(
  given: Device | undefined,
  open: (device: Device, release: () => void) => Promise<T>,
): Promise<T> {
  if (given) return open(given, () => {});
  const { device, release } = await borrowDefaultDevice();
  try {
    return await open(device, release);
  } catch (error) {
    release();
    throw error;
  }
}

function printSizes(dims: Readonly<Record<string, number>>): string {
  const sizes = Object.entries(dims).map(([symbol, size]) => `${symbol} = ${size}`);
  return sizes.length === 0 ? '' : `; the session was opened for ${sizes.join(', ')}`;
}
