/** Times of one thing over many runs, summed up. */
import * as statistics from '../src/statistics.ts';

/** All in milliseconds. */
export interface Times extends statistics.Times {
  readonly runs: number;
}

/** Throws for no times at all. */
export const summarise = (all: readonly number[]): Times => ({
  ...statistics.summarise(all),
  runs: all.length,
});
