/** Timing candidates of a job against one another. */
import { summarise, type Times } from '../statistics.ts';

/** One that is timed: milliseconds for one more time. */
export type Racer = () => Promise<number>;

/** Whoever was never as fast as the leader mostly is drops out after these rounds. */
const LEAST_ROUNDS = 5;

/**
 * Milliseconds of each. All run in each round, so that whatever else the machine does hits all alike. Ends early
 * once `isLate`, or one is left.
 */
export async function race(
  racers: readonly Racer[],
  rounds: number,
  isLate: () => boolean,
): Promise<Times[]> {
  const times = racers.map((): number[] => []);
  const running = new Set(racers.keys());
  for (let round = 1; round <= rounds; round++) {
    for (const i of running) times[i]!.push(await racers[i]!());
    if (isLate()) break;
    if (round < LEAST_ROUNDS) continue;
    const best = Math.min(...[...running].map((i) => summarise(times[i]!).median));
    for (const i of running) if (Math.min(...times[i]!) > best) running.delete(i);
    if (running.size === 1) break;
  }
  return times.map(summarise);
}
