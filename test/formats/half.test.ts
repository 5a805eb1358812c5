/** The 16-bit floats: there and back, and rounding between them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { narrowToBfloat, narrowToHalf, widenBfloat, widenHalf } from '../../src/formats/half.ts';

const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const bytes = new Uint8Array(all.buffer);
const bitsOf = (narrow: Uint8Array) => [...new Uint16Array(narrow.buffer)];

const formats = [
  { name: 'binary16', widen: widenHalf, narrow: narrowToHalf, infinity: 0x7c00, max: 0x7bff },
  { name: 'bfloat16', widen: widenBfloat, narrow: narrowToBfloat, infinity: 0x7f80, max: 0x7f7f },
];

test.each(formats)('every $name comes back', ({ widen, narrow, infinity }) => {
  const back = bitsOf(narrow(widen(bytes)));
  const isNaN = (bits: number) => (bits & 0x7fff) > infinity;
  const wrong = [...all].filter((bits) => back[bits] !== bits && !isNaN(bits));
  expect(wrong).toEqual([]);
  expect([...all].filter(isNaN).every((bits) => isNaN(back[bits]!))).toBe(true);
});

test.each(formats)('$name takes the nearest, ties to even', ({ widen, narrow, max }) => {
  const positive = fc.nat({ max: max - 1 });
  fc.assert(
    fc.property(positive, fc.double({ min: 0, max: 1, noNaN: true }), (low, share) => {
      const [a, b] = [...widen(new Uint8Array(Uint16Array.of(low, low + 1).buffer))];
      // Exact in float32, as both formats have at least eight bits fewer.
      const value = Math.fround(a! + (b! - a!) * share);
      const part = (value - a!) / (b! - a!);
      const nearest = part === 0.5 ? low + (low % 2) : part < 0.5 ? low : low + 1;
      expect(bitsOf(narrow(Float32Array.of(value, -value)))).toEqual([nearest, nearest | 0x8000]);
    }),
    { numRuns: 2000 },
  );
  const middle = widen(new Uint8Array(Uint16Array.of(6, 7, 8).buffer));
  const ties = Float64Array.of((middle[0]! + middle[1]!) / 2, (middle[1]! + middle[2]!) / 2);
  expect(bitsOf(narrow(ties))).toEqual([6, 8]);
});

test.each(formats)('what is too large for $name is infinite', ({ narrow, infinity }) => {
  expect(bitsOf(narrow(Float64Array.of(Infinity, -Infinity, 1e300, -1e300)))).toEqual([
    infinity,
    infinity | 0x8000,
    infinity,
    infinity | 0x8000,
  ]);
  expect(bitsOf(narrow(Float64Array.of(-0)))).toEqual([0x8000]);
});

test('the largest binary16 is rounded to, up to half a step', () => {
  expect(bitsOf(narrowToHalf(Float64Array.of(65_504, 65_519.9, 65_520)))).toEqual([
    0x7bff, 0x7bff, 0x7c00,
  ]);
});
