/** What many times of one thing come to. */
export interface Times {
  readonly min: number;
  readonly p25: number;
  readonly median: number;
}

/** Throws for no times at all. */
export function summarise(all: readonly number[]): Times {
  if (all.length === 0) throw new Error('there are no times');
  const sorted = all.toSorted((a, b) => a - b);
  return { min: sorted[0]!, p25: quantile(sorted, 0.25), median: quantile(sorted, 0.5) };
}

/** Between the two nearest of the sorted values, as their distance is. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}
