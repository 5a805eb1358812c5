/** Comparing tensors. */
import { expect } from 'vitest';
import { printShape, type Tensor } from '../../ir/index.ts';

/** The greatest difference over the greatest magnitude; NaN and infinities must stand at the same places. */
export function relativeError(actual: Tensor, expected: Tensor): number {
  let [difference, magnitude] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(a, b)) continue;
    const apart = Math.abs(a - b);
    if (Number.isNaN(apart) || apart === Infinity) return Infinity;
    difference = Math.max(difference, apart);
  }
  for (const b of expected.data)
    if (Number.isFinite(b)) magnitude = Math.max(magnitude, Math.abs(b));
  return difference === 0 ? 0 : difference / magnitude;
}

/** Asserts the same names and shapes, and values that differ by at most `tolerance` of the greatest. */
export function expectClose(
  actual: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
  tolerance = 1e-10,
): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, wanted] of Object.entries(expected)) {
    const given = actual[name]!;
    expect(printShape(given.shape), `the shape of ${name}`).toBe(printShape(wanted.shape));
    expect(relativeError(given, wanted), `the error of ${name}`).toBeLessThanOrEqual(tolerance);
  }
}
