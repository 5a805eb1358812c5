/** Tuning a graph: each distinct job once, those first that take longest. */
import { findTuned, type LowerOptions, type Precisions } from '../../codegen/index.ts';
import { expectFixed, expectGraph, specialise, type Graph, type NodeId } from '../../ir/index.ts';
import { borrowDefaultDevice } from '../runtime/default-device.ts';
import type { Device } from '../runtime/device.ts';
import { adapterKey } from './adapter-key.ts';
import { defaultStore } from './default-store.ts';
import {
  expectMilliseconds,
  expectOneOf,
  expectTuning,
  expectPrecisions,
} from './expect-options.ts';
import { groupJobs, type JobGroup } from './job-groups.ts';
import { readTuning } from './read-tuning.ts';
import { loadJobs, saveJobs, type TuningStore, type Warn } from './store.ts';
import { realTools, tuneJob, type JobOutcome, type JobState, type Tools } from './tune-job.ts';
import { jobsOn, tuningOf } from './tuning.ts';
import { describeUnused } from './unused.ts';
import type { Trial, TunedJob, TunedJobs, TuneMode, Tuning } from './tuning.ts';

/** What there is to say while it goes on. */
export interface TuneProgress {
  /** The node whose job is measured; the first of several. */
  readonly node: NodeId;
  readonly candidate: string;
  /** Of how many jobs it is which, from 1. */
  readonly job: number;
  readonly jobs: number;
}

export interface TuneOptions {
  /** Default `quick`. */
  readonly mode?: TuneMode;
  /** Milliseconds after which no candidate is begun; 10 s for `quick`, 5 min for `full`. */
  readonly budgetMs?: number;
  /** Sizes for the symbols in the shapes of the graph's inputs: `{ N: 1 }`. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Where to measure; by default the device that all sessions share. */
  readonly device?: Device;
  /** Measurements from elsewhere, which count before the store's; `full` repeats those that `quick` made. */
  readonly tuning?: Tuning;
  /** Where measurements are kept; by default the user's cache. Null keeps none. */
  readonly store?: TuningStore | null;
  /** More kernels, whether sums are fused, and in which precision numbers are stored and computed with. */
  readonly lowering?: Pick<LowerOptions, 'kernels' | 'fuseResidual' | keyof Precisions>;
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Hears of a store that cannot be read or written, and of kernels that are wrong; else the console. */
  readonly onWarning?: Warn;
}

/** What became of the jobs of one key. */
export interface JobReport {
  readonly key: string;
  /** The nodes whose output is computed so. */
  readonly nodes: readonly NodeId[];
  /** `known` before, or what measuring came to. */
  readonly state: 'known' | JobState;
  /** Null where nothing is known: then the choice is that without measuring. */
  readonly tuned: TunedJob | null;
  readonly trials: readonly Trial[];
}

export interface TuneResult {
  /** What is now known of this graph on this adapter, from wherever. */
  readonly tuning: Tuning;
  /** The adapter's key in it. */
  readonly adapter: string;
  readonly jobs: readonly JobReport[];
  /** Whether the store has all that was measured; false where nothing was, or it could not be kept. */
  readonly isKept: boolean;
  readonly milliseconds: number;
}

const BUDGETS = { quick: 10_000, full: 300_000 } as const;

/**
 * Measures which kernels are best for a graph on a device. Each candidate is first verified against the
 * evaluator, and one that is wrong never chosen. What is already known is not measured again, except that
 * `full` does so for what is known from `quick`. Throws what `openSession` throws.
 */
export async function tune(graph: Graph, options: TuneOptions = {}): Promise<TuneResult> {
  const fixed = expectFixed(specialise(expectGraph(graph, 'tune'), options.dims ?? {}));
  const { tuning, lowering = {}, onWarning: warn = (text) => console.warn(text) } = options;
  const run = async (device: Device) => {
    const result = await tuneOn(fixed, device, options);
    const unused = tuning && describeUnused(tuning, fixed, device, lowering);
    if (unused) warn(unused);
    return result;
  };
  if (options.device) return run(options.device);
  const { device, release } = await borrowDefaultDevice();
  try {
    return await run(device);
  } finally {
    release();
  }
}

/** For a graph of fixed sizes. */
export async function tuneOn(
  graph: Graph,
  device: Device,
  options: TuneOptions,
  tools: Tools = realTools,
): Promise<TuneResult> {
  const { mode = 'quick', lowering = {}, onWarning: warn = (text) => console.warn(text) } = options;
  expectOneOf('mode', mode, ['quick', 'full']);
  expectMilliseconds('budgetMs', options.budgetMs);
  expectTuning(options.tuning);
  expectPrecisions({ ...lowering });
  const start = tools.now();
  const deadline = start + (options.budgetMs ?? BUDGETS[mode]);
  const adapter = adapterKey(device);
  const store = options.store === undefined ? defaultStore() : options.store;
  const given = options.tuning ? jobsOn(readTuning(options.tuning), adapter) : {};
  const cached = store ? await loadJobs(store, adapter, warn) : {};

  const currentIn = (jobs: TunedJobs, { key, offered: { job, kernels } }: JobGroup) =>
    findTuned(kernels, job, device.profile, jobs) ? jobs[key]! : null;
  const isEnough = (job: TunedJob | null): job is TunedJob =>
    job !== null && (mode === 'quick' || job.mode === 'full');
  const known = (group: JobGroup): TunedJob | null => {
    const [own, other] = [currentIn(cached, group), currentIn(given, group)];
    if (isEnough(other)) return other;
    return isEnough(own) && !own.isPartial ? own : null;
  };

  const groups = groupJobs(graph, device.profile, lowering);
  // What was begun before comes last, so that another short time gets further.
  const isBegun = (group: JobGroup) => Number(currentIn(cached, group)?.isPartial ?? false);
  const open = groups
    .filter((group) => !known(group))
    .toSorted((a, b) => isBegun(a) - isBegun(b) || b.cost - a.cost);
  const reports = new Map<JobGroup, JobReport>();
  let isKept = store !== null;
  for (const [i, group] of open.entries()) {
    const { key, offered, nodes } = group;
    const outcome = await tuneJob(offered, {
      device,
      mode,
      tools,
      kernels: lowering.kernels,
      isLate: () => tools.now() >= deadline,
      onTry: (candidate) =>
        options.onProgress?.({ node: nodes[0]!, candidate, job: i + 1, jobs: open.length }),
    });
    const before = currentIn(given, group) ?? currentIn(cached, group);
    const isLess = outcome.best?.isPartial && before !== null && !before.isPartial;
    const best = isLess ? null : outcome.best;
    // After each, so that an end in the middle loses little. A store that could not be written is left alone.
    if (store && isKept && best) isKept = await saveJobs(store, adapter, { [key]: best }, warn);
    const { trials } = outcome;
    const state = isLess ? 'late' : outcome.state;
    const tuned = best ?? before;
    reports.set(group, { key, nodes, state, tuned, trials });
    for (const text of complaints(nodes[0]!, outcome)) warn(text);
  }
  const jobs = groups.map((group): JobReport => {
    const { key, nodes } = group;
    const tuned = known(group);
    const trials = tuned?.trials ?? [];
    return reports.get(group) ?? { key, nodes, state: 'known', tuned, trials };
  });
  const found = jobs.flatMap(({ key, tuned }) => (tuned ? [[key, tuned] as const] : []));
  return {
    tuning: tuningOf(adapter, Object.fromEntries(found)),
    adapter,
    jobs,
    isKept: isKept && found.length > 0,
    milliseconds: tools.now() - start,
  };
}

function complaints(node: NodeId, { state, trials }: JobOutcome): string[] {
  const wrong = trials.flatMap(({ candidate, rejected }) =>
    rejected === undefined
      ? []
      : [`the kernel ${candidate} is wrong here, at "${node}": ${rejected}`],
  );
  return state === 'failed' ? [...wrong, `no kernel that was tried is right at "${node}"`] : wrong;
}
