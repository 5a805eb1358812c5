/** Telling how far a long task is, and giving way to others. */

/** Milliseconds of work between pauses. */
const TURN = 50;

/** Takes note of work done, in the units of `total`. Await it, for others to have their turn. */
export type Progress = (work: number) => Promise<void>;

export function progressOf(total: number, onProgress: (done: number) => void): Progress {
  let [done, pausedAt] = [0, performance.now()];
  return async (work) => {
    done += work;
    if (performance.now() - pausedAt < TURN) return;
    onProgress(Math.min(done / total, 1));
    // A timer: a promise alone would not let a page be drawn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    pausedAt = performance.now();
  };
}
