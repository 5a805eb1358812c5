/** Finding the best candidate of one job: each is verified, then the fastest are timed against one another. */
import { aloneJob, lower, pipelinesOf } from '../../codegen/index.ts';
import type { LowerOptions, OfferedJob, Plan } from '../../codegen/index.ts';
import { ReparamError } from '../../ir/index.ts';
import type { Device } from '../runtime/device.ts';
import { startPlan, type Session } from '../runtime/session.ts';
import type { Times } from '../statistics.ts';
import { contendersOf, type Contender } from './contenders.ts';
import { graphOfJob, randomData, type JobGraph } from './job-graph.ts';
import { race } from './race.ts';
import { canVerify, referenceOf, type Reference } from './reference.ts';
import type { Trial, TunedJob, TuneMode } from './tuning.ts';
import { verify } from './verify.ts';

/** What measuring takes of the world; tests have their own. */
export interface Tools {
  /** Milliseconds since whenever. */
  readonly now: () => number;
  /** Milliseconds of the session's dispatches, whose plan is that of the candidate. */
  readonly measure: (session: Session, candidate: string) => Promise<number>;
}

/** Runs of a session in a row, of which each dispatch counts with its 25th percentile. */
const RUNS = 3;

export const realTools: Tools = {
  now: () => performance.now(),
  async measure(session) {
    const { dispatches } = await session.profile(null, { rounds: RUNS });
    return dispatches.reduce((sum, { us }) => sum + us.p25, 0) / 1000;
  },
};

export interface JobOptions {
  readonly device: Device;
  readonly mode: TuneMode;
  readonly kernels: LowerOptions['kernels'];
  readonly tools: Tools;
  /** Whether the time for all jobs is over. */
  readonly isLate: () => boolean;
  /** Hears of each candidate before it is tried. */
  readonly onTry: (candidate: string) => void;
}

/** Multiply-adds of the reference at most; above, it is a sample of the outputs. */
const REFERENCE_MACS = { quick: 5e7, full: 5e8 } as const;
const ROUNDS = { quick: 8, full: 15 } as const;
/** How many are timed against one another, and how slow in the first reading. */
const FINALISTS = { quick: 3, full: 6 } as const;
const FINALIST_FACTOR = 1.5;
/** What another must be faster by than what is chosen without measuring, at best and mostly. */
const GAIN = 0.97;

/** A candidate that is right, and the milliseconds of its first reading. */
interface Survivor {
  readonly contender: Contender;
  readonly plan: Plan;
  readonly first: number;
}

/**
 * `fixed` where there is no choice, or no telling whether a result is right; `late` where the time was over
 * before enough was tried; `failed` where no candidate was right.
 */
export type JobState = 'measured' | 'fixed' | 'late' | 'failed';

export interface JobOutcome {
  readonly state: JobState;
  readonly best: TunedJob | null;
  readonly trials: readonly Trial[];
}

export async function tuneJob(offered: OfferedJob, options: JobOptions): Promise<JobOutcome> {
  const { device, mode, isLate } = options;
  const job = aloneJob(offered.job);
  const contenders = contendersOf({ ...offered, job }, device.profile, mode);
  const without = (state: JobState, trials: readonly Trial[] = []): JobOutcome => ({
    state,
    best: null,
    trials,
  });
  if (contenders.length === 0 || !canVerify(job)) return without('fixed');
  if (isLate()) return without('late');
  const data = randomData(job);
  const alone = graphOfJob(job, data);
  const reference = referenceOf(job, data, REFERENCE_MACS[mode]);

  const survivors: Survivor[] = [];
  const trials = new Map<string, Trial>();
  for (const contender of contenders) {
    if (isLate()) break;
    const { name: candidate } = contender;
    options.onTry(candidate);
    const tried = await tryOut(contender, alone, reference, options);
    if ('rejected' in tried) trials.set(candidate, { candidate, ...tried });
    else {
      survivors.push(tried);
      trials.set(candidate, { candidate, microseconds: 1000 * tried.first });
    }
  }
  const isComplete = trials.size === contenders.length;
  if (isComplete && survivors.length === 0) return without('failed', [...trials.values()]);
  if (!isComplete && survivors.length < 2) return without('late', [...trials.values()]);

  const quick = contendersOf({ ...offered, job }, device.profile, 'quick');
  const isPartial = !quick.every(({ name }) => trials.has(name));
  const untuned = contenders[0]!.name;
  const finalists = finalistsOf(survivors, untuned, FINALISTS[mode]);
  const times = await timeAgainst(finalists, alone, options);
  for (const [candidate, { p25 }] of times) {
    trials.set(candidate, { candidate, microseconds: 1000 * p25 });
  }
  const { kernel, candidate } = fastest(finalists, times, untuned);
  const best: TunedJob = {
    kernel: kernel.name,
    label: candidate.label,
    pipelines: pipelinesOf(candidate),
    mode: isComplete ? mode : 'quick',
    ...(isPartial && { isPartial }),
    untuned,
    trials: [...trials.values()],
  };
  return { state: 'measured', best, trials: best.trials };
}

/** Verifies, and takes a first reading. */
async function tryOut(
  contender: Contender,
  { graph, inputs, lowering }: JobGraph,
  reference: Reference,
  { device, kernels, tools }: JobOptions,
): Promise<Survivor | { readonly rejected: string }> {
  const { name, kernel } = contender;
  try {
    const plan = lower(graph, device.profile, {
      ...lowering,
      kernel: name,
      ...(kernels && { kernels }),
    });
    using session = await startPlan(plan, graph.consts, { device });
    const wrong = await verify(session, inputs, reference, kernel);
    if (wrong !== null) return { rejected: wrong };
    return { contender, plan, first: await tools.measure(session, name) };
  } catch (error) {
    if (isFatal(error)) throw whileTrying(name, error);
    return { rejected: error instanceof Error ? error.message : String(error) };
  }
}

const isFatal = (error: unknown): error is ReparamError =>
  error instanceof ReparamError && ['device-lost', 'closed'].includes(error.code);

/** A candidate may have been too much for the driver. */
const whileTrying = (name: string, error: ReparamError) =>
  new ReparamError(error.code, `while ${name} was tried: ${error.message}`, error.subject, {
    cause: error,
  });

/** The fastest by the first reading, and what is chosen without measuring, if it is right. */
function finalistsOf(survivors: readonly Survivor[], untuned: string, most: number): Survivor[] {
  const sorted = survivors.toSorted((a, b) => a.first - b.first);
  const limit = FINALIST_FACTOR * sorted[0]!.first;
  const fast = sorted.filter(({ first }) => first <= limit).slice(0, most);
  const own = survivors.find(({ contender }) => contender.name === untuned);
  return own && !fast.includes(own) ? [...fast, own] : fast;
}

/** Milliseconds by candidate. */
async function timeAgainst(
  finalists: readonly Survivor[],
  { graph }: JobGraph,
  { device, mode, tools, isLate }: JobOptions,
): Promise<Map<string, Times>> {
  const sessions: Session[] = [];
  try {
    for (const { plan } of finalists) {
      sessions.push(await startPlan(plan, graph.consts, { device }));
    }
    const names = finalists.map(({ contender }) => contender.name);
    const racers = sessions.map((session, i) => () => tools.measure(session, names[i]!));
    const results = await race(racers, ROUNDS[mode], isLate);
    return new Map(names.map((name, i) => [name, results[i]!]));
  } finally {
    for (const session of sessions) session.close();
  }
}

/** What is chosen without measuring, unless another is clearly faster: it shares its pipelines with more layers. */
function fastest(
  finalists: readonly Survivor[],
  times: ReadonlyMap<string, Times>,
  untuned: string,
): Contender {
  const timesOf = ({ contender }: Survivor) => times.get(contender.name)!;
  const best = finalists.reduce((a, b) => (timesOf(b).p25 < timesOf(a).p25 ? b : a));
  const own = finalists.find(({ contender }) => contender.name === untuned);
  if (!own) return best.contender;
  const [fast, usual] = [timesOf(best), timesOf(own)];
  const isClear = fast.p25 < GAIN * usual.p25 && fast.min < GAIN * usual.min;
  return (isClear ? best : own).contender;
}
