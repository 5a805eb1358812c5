/** IEEE 754 binary16 from float64, rounded to nearest, ties to even. */

/** A half has 11 significant bits, the last worth 2^-24 at least; 65520 and beyond round to infinity. */
function half(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const steps = size * 2 ** (10 - exponent);
  const rest = steps - Math.floor(steps);
  const up = rest > 0.5 || (rest === 0.5 && Math.floor(steps) % 2 === 1);
  // The first of the 11 bits is implied: it counts as one exponent more.
  return sign | ((exponent + 14) * 1024 + Math.floor(steps) + (up ? 1 : 0));
}

export const narrowToHalf = (values: ArrayLike<number>): Uint16Array<ArrayBuffer> =>
  Uint16Array.from(values, half);
