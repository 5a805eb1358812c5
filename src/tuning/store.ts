/** Where measurements are kept between processes. Losing them costs time only, so nothing here fails. */
import { exportTuning, importTuning } from './read-tuning.ts';
import { jobsOn, mergeTunings, noTuning, tuningOf, type TunedJobs } from './tuning.ts';

/** A text for each adapter. */
export interface TuningStore {
  /** Null where there is none. */
  load(adapter: string): Promise<string | null>;
  /** Whole or not at all. */
  save(adapter: string, text: string): Promise<void>;
  /** Where the text is, for messages. */
  placeOf(adapter: string): string | Promise<string>;
}

export type Warn = (message: string) => void;

/** What the store has of an adapter. What is damaged or of another version counts for nothing, with a warning. */
export async function loadJobs(
  store: TuningStore,
  adapter: string,
  warn: Warn,
): Promise<TunedJobs> {
  const text = await orWarn(store, adapter, 'read', warn, () => store.load(adapter));
  if (text === undefined || text === null) return {};
  const jobs = await orWarn(store, adapter, 'use', warn, () => {
    const tuning = importTuning(text, { what: 'it is damaged' });
    if (Object.hasOwn(tuning.adapters, adapter)) return jobsOn(tuning, adapter);
    throw new Error('it is of another adapter');
  });
  return jobs ?? {};
}

/** Adds to what the store has by now: another process may have written meanwhile. False where it could not. */
export async function saveJobs(
  store: TuningStore,
  adapter: string,
  jobs: TunedJobs,
  warn: Warn,
): Promise<boolean> {
  // What is wrong with what is there was said when it was loaded, and it is replaced.
  const there = await loadJobs(store, adapter, () => {});
  const all = mergeTunings(
    mergeTunings(noTuning, tuningOf(adapter, there)),
    tuningOf(adapter, jobs),
  );
  const saved = await orWarn(store, adapter, 'write', warn, async () => {
    await store.save(adapter, exportTuning(all));
    return true;
  });
  return saved ?? false;
}

async function orWarn<T>(
  store: TuningStore,
  adapter: string,
  action: string,
  warn: Warn,
  run: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const place = await Promise.resolve(store.placeOf(adapter)).catch(() => 'the store');
    warn(`reparam cannot ${action} the measurements in ${place}, and goes on without: ${reason}`);
    return undefined;
  }
}
