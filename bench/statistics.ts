/** Times of one thing over many rounds, summed up. */
import * as statistics from '../src/statistics.ts';

/** All in milliseconds. */
export interface Times extends statistics.Times {
  readonly rounds: number;
}

/** Throws for no times at all. */
export const summarise = (all: readonly number[]): Times => ({
  ...statistics.summarise(all),
  rounds: all.length,
});
