/**
 * Sleeping while the device works. Dawn in Node looks without pause, on the main thread, whether a promise of
 * WebGPU is settled: a whole core, which a software GPU misses (runs took 1.3 to 1.4 times as long) and which
 * other work of the process could have. So the promise is only asked for when the work is about to be done.
 */
import { runsInNode } from './webgpu.ts';

export interface Pace {
  /**
   * Calls `finish`, which asks the device for a promise, shortly before the work submitted just now is
   * likely to be done; at once where that is unknown or soon.
   */
  waitFor<T>(finish: () => Promise<T>): Promise<T>;
}

/** How much of the time that it is expected to take is slept through: runs differ by less, mostly. */
const SHARE = 0.9;
/** Timers may be that late. */
const TIMER_MS = 1;
/** Shorter sleeps are not worth being late. In the browser no sleep is: nobody polls there. */
const LEAST_MS = runsInNode() ? 5 : Infinity;
/** So many times are known before anything sleeps: in the first run, drivers compile. */
const REMEMBERED = 4;

/** The promise for what is done already settles within that time. */
const lateWithin = (expected: number) => Math.max(0.5, 0.02 * expected);

/** For work of the same kind each time: what it takes is expected to be the least of the last few times. */
export function makePace(): Pace {
  let latest: number[] = [];
  let underWay = 0;
  let lastBegin = 0;
  let lastEnd = 0;
  return {
    async waitFor(finish) {
      const expected = latest.length < REMEMBERED ? 0 : Math.min(...latest);
      const submitted = performance.now();
      // The device does one thing after the other.
      const begin = underWay === 0 ? submitted : Math.max(submitted, lastBegin + expected);
      lastBegin = begin;
      underWay++;
      try {
        const sleep = begin + SHARE * expected - submitted - TIMER_MS;
        const sleeps = expected > 0 && sleep >= LEAST_MS;
        if (sleeps) await new Promise((wake) => setTimeout(wake, sleep));
        const asked = performance.now();
        const result = await finish();
        const end = performance.now();
        // Where it was done already, nobody knows for how long: all is forgotten, and learnt again.
        if (sleeps && end - asked < lateWithin(expected)) latest = [];
        else latest = [...latest, end - Math.max(submitted, lastEnd)].slice(-REMEMBERED);
        lastEnd = end;
        return result;
      } finally {
        underWay--;
      }
    },
  };
}
