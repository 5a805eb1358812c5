/** Times of one thing over many rounds, summed up. */
export interface Times {
  /** All in milliseconds. */
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly rounds: number;
}

/** Throws for no times at all. */
export function summarise(all: readonly number[]): Times {
  if (all.length === 0) throw new Error('there are no times');
  const sorted = all.toSorted((a, b) => a - b);
  const [min, p25, median] = [0, 0.25, 0.5].map((part) => quantile(sorted, part));
  return { min: min!, p25: p25!, median: median!, rounds: all.length };
}

/** Between the two nearest of the sorted values, as their distance is. */
function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}
