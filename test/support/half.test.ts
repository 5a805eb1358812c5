import { expect, test } from 'vitest';
import { widenHalf } from '../../src/formats/half.ts';
import { narrowToHalf } from './half.ts';

test('every finite half comes back', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
    (b) => (b & 0x7c00) !== 0x7c00,
  );
  expect(narrowToHalf(widenHalf(new Uint8Array(bits.buffer)))).toEqual(bits);
});

test('what lies between is rounded to the nearest, ties to even', () => {
  const cases = [
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 1.01 * 2 ** -11, 0x3c01],
    [2 ** -25, 0],
    [1.5 * 2 ** -25, 1],
    [2 - 2 ** -12, 0x4000],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-Infinity, 0xfc00],
  ] as const;
  for (const [value, bits] of cases) expect(narrowToHalf([value])[0], `${value}`).toBe(bits);
  expect(narrowToHalf([NaN])[0]! & 0x7fff).toBeGreaterThan(0x7c00);
});
