/** Measuring which kernels are best on a device, and keeping what was measured. */
export { adapterKey } from './adapter-key.ts';
export { defaultStore } from './default-store.ts';
export { cacheProblem, fileStore } from './file-store.ts';
export { indexedDbStore } from './indexed-db-store.ts';
export { exportTuning, importTuning, readTuning } from './read-tuning.ts';
export type { TuningStore, Warn } from './store.ts';
export { tune, tuneOn } from './tune.ts';
export type { JobReport, TuneOptions, TuneProgress, TuneResult } from './tune.ts';
export { jobsOn, mergeTunings, noTuning } from './tuning.ts';
export type { Trial, TunedJob, TunedJobs, TuneMode, Tuning } from './tuning.ts';
