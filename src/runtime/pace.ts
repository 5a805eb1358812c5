/**
 * Leaving the processor alone while the device works. Dawn in Node looks without pause, on the main thread, whether a
 * promise of WebGPU is settled: a whole core, which a software GPU misses (runs took 1.3 to 1.7 times as long) and
 * which others could have. So the promise is asked for late, and on a software GPU the main thread naps between looks.
 */
import { runsInNode } from './webgpu.ts';

export interface Pace {
  /**
   * Calls `finish`, which asks the device for a promise about the work submitted just now, at once or some time before
   * the work is likely to be done.
   */
  waitFor<T>(finish: () => Promise<T>): Promise<T>;
}

export interface PaceOptions {
  /** Computed by the CPU. */
  readonly software: boolean;
}

/** How much of the time that work is expected to take is slept through: a busy machine may be twice as fast soon. */
const SHARE = 0.5;
/** Timers are exact to a millisecond. In the browser, where nobody polls, nothing sleeps. */
const LEAST_MS = runsInNode() ? 3 : Infinity;
/** Before anything sleeps, two times are known: in the first run, drivers compile. */
const LEAST_KNOWN = 2;
const REMEMBERED = 4;
/** A promise for what is done already settles within that time. */
const LATE_MS = 0.5;
/** So late may the end be noticed once it is due, as each look costs a core some 0.03 ms. */
const NAP_MS = 0.25;
/** Before it is due, a nap takes this share of what is left, */
const NAP_SHARE = 0.25;
/** but no longer, as it holds up what else the main thread does. */
const LONGEST_NAP_MS = 2;

/** For work of the same kind each time: what it takes is expected to be the least of the last few times. */
export function makePace({ software }: PaceOptions): Pace {
  const naps = software && runsInNode();
  let latest: number[] = [];
  let underWay = 0;
  let lastBegin = 0;
  let lastEnd = 0;
  return {
    async waitFor(finish) {
      const expected = latest.length < LEAST_KNOWN ? 0 : Math.min(...latest);
      const submitted = performance.now();
      // The device does one thing after the other.
      const begin = underWay === 0 ? submitted : Math.max(submitted, lastBegin + expected);
      lastBegin = begin;
      underWay++;
      try {
        const sleep = begin + SHARE * expected - submitted;
        const sleeps = expected > 0 && sleep >= LEAST_MS;
        if (sleeps) await new Promise((wake) => setTimeout(wake, sleep));
        const asked = performance.now();
        const result = await (naps ? napUntil(finish(), begin + expected) : finish());
        const end = performance.now();
        // Where it was done already, nobody knows for how long: all is forgotten, and learnt again.
        if (sleeps && end - asked < LATE_MS) latest = [];
        else latest = [...latest, end - Math.max(submitted, lastEnd)].slice(-REMEMBERED);
        lastEnd = end;
        return result;
      } finally {
        underWay--;
      }
    },
  };
}

/** When each of the promises waited for is expected to settle. */
const waiting = new Set<{ readonly due: number }>();
let isNapping = false;

/** Once in each turn of Node's event loop, in which Dawn looks once, the main thread sleeps for a moment. */
async function napUntil<T>(promise: Promise<T>, due: number): Promise<T> {
  const one = { due };
  waiting.add(one);
  if (!isNapping) {
    isNapping = true;
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    const nap = () => {
      isNapping = waiting.size > 0;
      if (!isNapping) return;
      Atomics.wait(nobody, 0, 0, napTime());
      setImmediate(nap);
    };
    setImmediate(nap);
  }
  try {
    return await promise;
  } finally {
    waiting.delete(one);
  }
}

function napTime(): number {
  const left = Math.min(...[...waiting].map(({ due }) => due)) - performance.now();
  return Math.min(LONGEST_NAP_MS, Math.max(NAP_MS, NAP_SHARE * left));
}
