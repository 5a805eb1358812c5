/** Timing candidates of a job against one another. */
import type { Plan } from '../../codegen/index.ts';

/** One that is timed. */
export interface Racer {
  /** Milliseconds for one more time. */
  readonly measure: () => Promise<number>;
}

/** Whoever was never as fast as the leader mostly is drops out after these rounds. */
const LEAST_ROUNDS = 3;

/**
 * Milliseconds of each, the 25th percentile of its rounds. All run once in each round, so that whatever else the
 * machine does hits all alike; a first round does not count. Ends early once `isLate`, or one is left.
 */
export async function race(
  racers: readonly Racer[],
  rounds: number,
  isLate: () => boolean,
): Promise<number[]> {
  const times = racers.map((): number[] => []);
  const running = new Set(racers.keys());
  for (const racer of racers) await racer.measure();
  for (let round = 1; round <= rounds && running.size > 1; round++) {
    for (const i of running) times[i]!.push(await racers[i]!.measure());
    if (round < LEAST_ROUNDS) continue;
    const best = Math.min(...[...running].map((i) => quantile(times[i]!, 0.5)));
    for (const i of running) if (Math.min(...times[i]!) > best) running.delete(i);
    if (isLate()) break;
  }
  return times.map((own) => (own.length === 0 ? 0 : quantile(own, 0.25)));
}

/** Between the two nearest of the values in order, as their distance is. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}

/** Milliseconds that a reading should take, so that submitting it does not count. */
const LONG_ENOUGH = 3;
const MOST_TIMES = 64;

/** How often to do in one submission what takes so many milliseconds. */
export const timesFor = (milliseconds: number): number =>
  Math.min(MOST_TIMES, Math.max(1, Math.ceil(LONG_ENOUGH / Math.max(milliseconds, 1e-3))));

/** The plan done several times in one submission. */
export const repeated = (plan: Plan, times: number): Plan => ({
  ...plan,
  dispatches: Array.from({ length: times }, () => plan.dispatches).flat(),
});
