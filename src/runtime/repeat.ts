/** How often short things have to be done in a row so that a coarse clock measures them. */
import type { Clock, Timed } from './clock.ts';
import type { BoundStep } from './steps.ts';

/** The clock's grain is then at most 5 % of what is read. */
const GRAINS = 20;
/** Finer clocks need no repetitions: one would make caches warmer than they are in a run. */
const FINE = 1;
const MOST_TIMES = 1024;
const ATTEMPTS = 6;

/**
 * Does all at least once, which has the driver compile them, and tells how often to do each from then on. What
 * reads what it writes works on other values each time, which does not change how long it takes.
 */
export async function repeatShort(
  all: readonly (readonly BoundStep[])[],
  clock: Clock,
  prepare?: () => void,
): Promise<Timed[]> {
  let timed: Timed[] = all.map((steps) => ({ steps, times: 1 }));
  await clock.read(timed, prepare);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const readings = await clock.read(timed, prepare);
    if (clock.grain < FINE) break;
    const wanted = GRAINS * clock.grain;
    if (readings.every((reading, i) => reading >= wanted || timed[i]!.times >= MOST_TIMES)) break;
    timed = timed.map(({ steps, times }, i) => ({
      steps,
      times: timesFor(times, readings[i]!, wanted),
    }));
  }
  return timed;
}

/** Step by step: the first reading of something short says little about how short it is. */
function timesFor(times: number, reading: number, wanted: number): number {
  const factor = Math.min(8, wanted / Math.max(reading, 1));
  return factor <= 1 ? times : Math.min(MOST_TIMES, Math.ceil(times * factor * 1.1));
}
