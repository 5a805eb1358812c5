/** What was measured on adapters, as plain data: what the cache holds, what is shipped, what sessions use. */
import type { TunedChoice } from '../../codegen/index.ts';

/** How much is measured: a few candidates of each job in seconds, or all that may be best in minutes. */
export type TuneMode = 'quick' | 'full';

/** How a candidate fared. */
export interface Trial {
  /** As `conv-tiled m8y4x7`. */
  readonly candidate: string;
  /** For the job once; the 25th percentile of the rounds. Absent where it was rejected. */
  readonly microseconds?: number;
  /** Why it was: a wrong result, a shader that does not compile. */
  readonly rejected?: string;
}

/** The best of a job, and what it was compared with. */
export interface TunedJob extends TunedChoice {
  readonly mode: TuneMode;
  /** Whether the time was over before all that `quick` tries was tried; then it is measured again. */
  readonly isPartial?: true;
  /** What is chosen where nothing is measured. */
  readonly untuned: string;
  readonly trials: readonly Trial[];
}

/** By the job's key. */
export type TunedJobs = Readonly<Record<string, TunedJob>>;

export interface Tuning {
  readonly version: typeof TUNING_VERSION;
  /** By the adapter's key. */
  readonly adapters: Readonly<Record<string, TunedJobs>>;
}

/** Raised with every change that older readers would misread. */
export const TUNING_VERSION = 1;

export const noTuning: Tuning = { version: TUNING_VERSION, adapters: {} };

export const tuningOf = (adapter: string, jobs: TunedJobs): Tuning => ({
  version: TUNING_VERSION,
  adapters: { [adapter]: jobs },
});

/** What is known of an adapter. */
export const jobsOn = ({ adapters }: Tuning, adapter: string): TunedJobs =>
  Object.hasOwn(adapters, adapter) ? adapters[adapter]! : {};

/** Both together; where they know the same job, the second counts. */
export function mergeTunings(first: Tuning, second: Tuning): Tuning {
  const adapters = { ...first.adapters };
  for (const [adapter, jobs] of Object.entries(second.adapters)) {
    adapters[adapter] = { ...jobsOn(first, adapter), ...jobs };
  }
  return { version: TUNING_VERSION, adapters };
}
