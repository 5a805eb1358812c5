/** Arrays in files: written and read, of every type, and damaged. */
import { dump } from 'npyjs';
import { describe, expect, test } from 'vitest';
import { tensor } from '../../ir/index.ts';
import { encodeArray, parseNpy, parseRaw } from '../../src/cli/arrays.ts';
import { errorOf } from '../support/errors.ts';

const npy = (header: string, bytes: Uint8Array): Uint8Array => {
  const text = `${header}${' '.repeat(118 - 1 - header.length)}\n`;
  const start = [0x93, ...Buffer.from('NUMPY'), 1, 0, text.length, 0];
  return Uint8Array.from([...start, ...Buffer.from(text), ...bytes]);
};
const described = (descr: string, shape: string, bytes: ArrayBufferView, fortran = 'False') =>
  npy(
    `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`,
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );

describe('NumPy', () => {
  test('what is written is read', () => {
    const x = tensor([2, 3], [1, -2.5, 3e20, 4, 0.1, -0]);
    expect(parseNpy(encodeArray(x, 'x.npy'), 'x.npy')).toEqual(x);
    const scalar = tensor([1], [7]);
    expect(parseNpy(encodeArray(scalar, 'x.npy'), 'x.npy')).toEqual(scalar);
  });

  test.each([
    ['<f4', Float32Array.of(1, 2, 250)],
    ['<f8', Float64Array.of(1, 2, 250)],
    ['|u1', Uint8Array.of(1, 2, 250)],
    ['<i2', Int16Array.of(1, 2, 250)],
    ['<i4', Int32Array.of(1, 2, 250)],
    ['<i8', BigInt64Array.of(1n, 2n, 250n)],
  ] as const)('%s', (descr, data) => {
    expect(parseNpy(described(descr, '(3,)', data), 'x.npy')).toEqual(tensor([3], [1, 2, 250]));
    // At an odd place in a larger buffer, as Node's small files are.
    const shifted = Buffer.concat([Buffer.of(0), described(descr, '(3,)', data)]).subarray(1);
    expect(parseNpy(shifted, 'x.npy')).toEqual(tensor([3], [1, 2, 250]));
  });

  test('other versions of NumPy write more dimensions', () => {
    const data = Float32Array.from({ length: 6 }, (_, i) => i);
    expect(parseNpy(described('<f4', '(1, 2, 3)', data), 'x.npy').shape).toEqual([1, 2, 3]);
  });

  test.each([
    ['nothing', new Uint8Array(0), 'is not a NumPy array'],
    ['another file', new Uint8Array(200).fill(7), 'is not a NumPy array'],
    ['big-endian', described('>f4', '(1,)', new Float32Array(1)), '>f4'],
    ['complex', described('<c8', '(1,)', new Float32Array(2)), 'elements of type c8'],
    ['Fortran order', described('<f4', '(2, 1)', new Float32Array(2), 'True'), 'ascontiguousarray'],
    ['cut', described('<f4', '(3,)', new Float32Array(2)), '2 elements, but its shape [3] takes 3'],
    ['odd', described('<f4', '(3,)', new Uint8Array(5)), 'is not a NumPy array, or is truncated'],
    ['absurd', described('<f4', '(99999999999, 9999999)', new Float32Array(2)), 'takes'],
    ['empty', described('<f4', '(0,)', new Float32Array(0)), 'impossible shape [0]'],
  ])('%s is refused', (_, bytes, message) => {
    const error = errorOf(() => parseNpy(bytes, 'x.npy'));
    expect(error).toMatch(/^file of x\.npy: x\.npy: /);
    expect(error).toContain(message);
  });

  test('what the library writes of other types', () => {
    expect(parseNpy(new Uint8Array(dump(Uint8Array.of(3, 4), [2])), 'x.npy')).toEqual(
      tensor([2], [3, 4]),
    );
  });
});

describe('bare numbers', () => {
  const bytes = encodeArray(tensor([6], [1, 2, 3, 4, 5, 6]), 'x.f32');

  test('are little-endian, with the shape of the input', () => {
    expect([...bytes.subarray(0, 4)]).toEqual([0, 0, 0x80, 0x3f]);
    expect(parseRaw(bytes, [2, 3], 'x.f32')).toEqual(tensor([2, 3], [1, 2, 3, 4, 5, 6]));
    expect(parseRaw(bytes, ['N', 3], 'x.f32').shape).toEqual([2, 3]);
  });

  test.each([
    [[2, 4], 'has 24 bytes, which do not fill float32[2,4]'],
    [['N', 4], 'do not fill float32[N,4]'],
    [['N', 'C'], 'give its sizes with --shape'],
  ])('that do not fill %j', (shape, message) => {
    expect(errorOf(() => parseRaw(bytes, shape, 'x.f32'))).toContain(message);
    expect(errorOf(() => parseRaw(bytes.subarray(1), [2, 3], 'x.f32'))).toContain('23 bytes');
    expect(errorOf(() => parseRaw(new Uint8Array(0), ['N', 3], 'x.f32'))).toContain('0 bytes');
  });
});
