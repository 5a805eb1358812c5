/** Comparing what two graphs gave. */

/** Where two tensors differ the most, by what is allowed. */
export interface Difference {
  /** The largest error / tolerance; above 1 is too far apart. */
  readonly ratio: number;
  readonly error: number;
  readonly tolerance: number;
  /** The largest magnitude in the first. */
  readonly scale: number;
  /** The root of the mean square of the errors, over that of the first's elements. */
  readonly apart: number;
}

/** Infinite where one of them is not a number, or not finite, and the other is not the same. */
export function distance(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const apart = Math.abs(a - b);
  return Number.isNaN(apart) ? Infinity : apart;
}

export const scaleOf = (data: Float64Array): number =>
  data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);

/** `toleranceAt` says how far apart elements may be. A tolerance that is not a number allows nothing. */
export function differenceOf(
  a: Float64Array,
  b: Float64Array,
  toleranceAt: (index: number) => number,
): Difference {
  let worst = { ratio: -1, error: 0, tolerance: 0 };
  let [squares, errors] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const error = distance(a[i]!, b[i]!);
    const allowed = toleranceAt(i);
    const tolerance = Number.isNaN(allowed) ? 0 : allowed;
    const ratio = error === 0 ? 0 : error === Infinity ? Infinity : error / tolerance;
    if (ratio > worst.ratio) worst = { ratio, error, tolerance };
    if (Number.isFinite(a[i])) squares += a[i]! ** 2;
    errors += error ** 2;
  }
  const apart = errors === 0 ? 0 : Math.sqrt(errors / squares);
  return { ...worst, ratio: Math.max(worst.ratio, 0), scale: scaleOf(a), apart };
}
