import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReparamError, Tensor, tensor } from '../../ir/index.ts';
import { parseSafetensors, serialiseSafetensors } from '../../src/formats/index.ts';
import { errorOf } from '../support/errors.ts';
import { bytesOf, safetensorsFile } from './make-file.ts';

const f32 = (shape: number[], ...values: number[]) => tensor(shape, values);
const error = (bytes: Uint8Array) => {
  try {
    parseSafetensors(bytes, { what: 'm.safetensors' });
  } catch (thrown) {
    if (thrown instanceof ReparamError && thrown.code === 'file') return thrown.message;
    throw thrown;
  }
  return 'no error';
};
const entry = (dtype: string, shape: unknown, data_offsets: unknown) => ({
  dtype,
  shape,
  data_offsets,
});
const describe = (fields: object | string, dataSize: number) =>
  error(safetensorsFile(fields, dataSize));

test('what is written is read back, in its order', () => {
  const tensors = [
    ['b', f32([3], 1, -0, NaN)],
    ['a', new Tensor([1, 2], Float64Array.of(Math.PI, -Infinity))],
    ['', f32([], 7)],
    ['__proto__', f32([0, 4])],
  ] as const;
  const bytes = serialiseSafetensors(tensors, [
    ['__proto__', 'x'],
    ['k', '"\n'],
  ]);
  const back = parseSafetensors(bytes);
  expect([...back.tensors]).toEqual(tensors);
  expect([...back.metadata]).toEqual([
    ['__proto__', 'x'],
    ['k', '"\n'],
  ]);
  expect(Object.is(back.tensors.get('b')!.data[1], -0)).toBe(true);
  expect(back.skipped).toEqual([]);
});

test('aligned data is not copied, other data is', () => {
  const bytes = serialiseSafetensors([
    ['a', f32([1], 1)],
    ['b', new Tensor([1], Float64Array.of(2))],
  ]);
  for (const { data } of parseSafetensors(bytes).tensors.values()) {
    expect(data.buffer).toBe(bytes.buffer);
  }
  const shifted = new Uint8Array(bytes.length + 1).subarray(1);
  shifted.set(bytes);
  const { tensors } = parseSafetensors(shifted);
  expect(tensors.get('b')!.data).toEqual(Float64Array.of(2));
  expect(tensors.get('b')!.data.buffer).not.toBe(shifted.buffer);
});

test('a Buffer is read wherever it lies in memory', () => {
  const bytes = serialiseSafetensors([
    ['a', f32([1], 1)],
    ['b', new Tensor([1], Float64Array.of(2))],
  ]);
  for (let offset = 0; offset < 8; offset++) {
    const buffer = Buffer.from(new ArrayBuffer(bytes.length + offset), offset);
    buffer.set(bytes);
    const { tensors } = parseSafetensors(buffer);
    expect(tensors.get('a'), `offset ${offset}`).toEqual(f32([1], 1));
    expect(tensors.get('b')!.data, `offset ${offset}`).toEqual(Float64Array.of(2));
  }
});

test('an ArrayBuffer is read; what is not bytes is refused with a remedy', () => {
  const bytes = serialiseSafetensors([['a', f32([1], 1)]]);
  expect(parseSafetensors(bytes.buffer as ArrayBuffer)).toEqual(parseSafetensors(bytes));
  const refusal = (given: unknown) => errorOf(() => parseSafetensors(given as Uint8Array));
  expect(refusal('m.safetensors')).toBe(
    'input of the safetensors file: the safetensors file must be the bytes of a file, not a string; read the file first',
  );
  expect(refusal(Promise.resolve(bytes))).toContain('not a promise; await it first');
  expect(refusal(parseSafetensors(bytes))).toContain('whose .tensors are tensors by name');
  expect(refusal(undefined)).toContain('not of type undefined');
});

test('16-bit floats are widened without loss', () => {
  // 1, -2, 65504 (greatest), 2^-24 (least), 2^-14 - 2^-24 (greatest subnormal), -0, infinity, NaN
  const half = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x8000, 0x7c00, 0x7e01];
  const brain = [0x3f80, 0xc000, 0x7f7f, 0x0001, 0x8000, 0x7f80, 0x7fc1, 0x4049];
  const data = bytesOf(Uint16Array.from([...half, ...brain]));
  const fields = { h: entry('F16', [8], [0, 16]), b: entry('BF16', [2, 4], [16, 32]) };
  const { tensors } = parseSafetensors(safetensorsFile(fields, data));
  const least = 2 ** -24;
  expect([...tensors.get('h')!.data]).toEqual([
    1,
    -2,
    65504,
    least,
    2 ** -14 - least,
    -0,
    Infinity,
    NaN,
  ]);
  const [one, , , tiny, , , , pi] = tensors.get('b')!.data;
  expect([one, tiny, pi]).toEqual([1, 2 ** -133, 3.140625]);
  expect(tensors.get('b')!.dtype).toBe('f32');
});

test("BatchNorm's counters are skipped, other integers refused", () => {
  const fields = { 'bn.num_batches_tracked': entry('I64', [], [0, 8]) };
  const { tensors, skipped } = parseSafetensors(safetensorsFile(fields, 8));
  expect([tensors.size, skipped]).toEqual([0, ['bn.num_batches_tracked']]);
  expect(describe({ steps: entry('I64', [], [0, 8]) }, 8)).toBe(
    'm.safetensors: the tensor "steps" is of dtype I64; F32, F64, F16 and BF16 are supported',
  );
  expect(describe({ num_batches_tracked: entry('I64', [1], [0, 8]) }, 8)).toContain('dtype I64');
});

test('headers that are no headers', () => {
  expect(error(new Uint8Array(7))).toBe('m.safetensors: 7 bytes are too few for a header');
  expect(error(new Uint8Array(8).fill(255))).toContain('a header of 18446744073709551615 bytes');
  expect(error(new Uint8Array(8))).toContain('the header is not valid JSON');
  expect(error(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 1))).toContain("1 of the header's 9 bytes");
  for (const text of ['[]', 'null', '"x"']) {
    expect(describe(text, 0)).toBe('m.safetensors: the header is not a JSON object');
  }
  expect(describe('{"a":1,}', 0)).toContain('the header is not valid JSON');
  expect(describe('\ufeff{}', 0)).toContain('the header is not valid JSON');
  const broken = safetensorsFile('{"é":1}', 0);
  broken[11] = 0xff;
  expect(error(broken)).toContain('the header is not valid JSON');
  expect(describe('{"__metadata__":{"a":1}}', 0)).toContain('"a", which is not a string');
  expect(describe('{"__metadata__":[]}', 0)).toContain('__metadata__ is not an object');
  expect(describe('{}  \n', 0)).toBe('no error');
});

test('other files that are often taken for safetensors', () => {
  const begins = (...start: number[]) =>
    error(Uint8Array.from([...start, ...new Uint8Array(8).fill(9)]));
  const text = (start: string) => error(new TextEncoder().encode(start));
  const torch = 'm.safetensors: this looks like a PyTorch checkpoint';
  expect(begins(0x50, 0x4b, 3, 4)).toContain(torch);
  expect(begins(0x80, 2)).toContain(torch);
  expect(text('version https://git-lfs.github.com/spec/v1')).toContain('a Git LFS pointer');
  expect(text('<!DOCTYPE html>')).toContain('a web page');
  expect(text('\n<html lang="en">')).toContain('a web page');
});

test('a key that is there twice', () => {
  const one = JSON.stringify(entry('F32', [], [0, 4]));
  expect(describe(`{"a":${one},"\\u0061":${one}}`, 4)).toContain('the key "a" is there twice');
  expect(
    describe('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4),
  ).toContain('the key "dtype" is there twice');
  // Not twice: in different objects, or as a value.
  const fine = { dtype: entry('F32', [], [0, 4]), shape: entry('F32', [], [4, 8]) };
  expect(describe({ __metadata__: { a: 'dtype' }, ...fine }, 8)).toBe('no error');
});

test('entries that lie', () => {
  const wrong = (value: unknown) => describe({ w: value as object }, 16);
  const start = 'm.safetensors: the tensor "w" ';
  expect(wrong(1)).toBe(`${start}is not described by an object`);
  expect(wrong({ ...entry('F32', [4], [0, 16]), extra: 1 })).toBe(
    `${start}has the unknown field "extra"`,
  );
  expect(wrong(entry('F31', [4], [0, 16]))).toBe(`${start}has the unknown dtype "F31"`);
  expect(wrong(entry('toString', [4], [0, 16]))).toBe(`${start}has the unknown dtype "toString"`);
  for (const shape of [4, [-4], [0.5], ['4'], [2 ** 53], null]) {
    expect(wrong(entry('F32', shape, [0, 16]))).toBe(
      `${start}has a shape that is not a list of sizes`,
    );
  }
  for (const offsets of [16, [0], [0, 8, 16], [-4, 12], [0, '16'], [0, 1e300]]) {
    expect(wrong(entry('F32', [4], offsets))).toBe(
      `${start}has data_offsets that are not two positions`,
    );
  }
  expect(wrong(entry('F32', [4], [16, 0]))).toBe(`${start}ends at 0, before it begins at 16`);
  expect(wrong(entry('F32', [3], [0, 16]))).toBe(`${start}has 16 bytes, but F32[3] takes 12`);
  expect(wrong(entry('F32', [2 ** 40, 2 ** 40], [0, 16]))).toContain('has 16 bytes, but');
  expect(wrong(entry('F32', [5], [0, 20]))).toBe(
    `${start}ends 4 bytes after the end of the file, which is truncated`,
  );
});

test('data that overlaps or belongs to no tensor', () => {
  const four = (at: number) => entry('F32', [], [at, at + 4]);
  expect(describe({ a: four(0), b: four(0) }, 4)).toContain(
    'the tensor "b" overlaps the tensor "a"',
  );
  expect(describe({ a: four(2), b: four(0) }, 6)).toContain(
    'the tensor "a" overlaps the tensor "b"',
  );
  expect(describe({ a: four(4) }, 8)).toContain(
    '4 bytes between the header and the tensor "a" belong to none',
  );
  expect(describe({ a: four(0) }, 7)).toContain('3 bytes after the tensor "a" belong to no tensor');
  expect(describe({}, 1)).toContain('1 bytes after the header belong to no tensor');
});

test('a file cut anywhere is refused', () => {
  const bytes = serialiseSafetensors(
    [
      ['a', f32([2], 1, 2)],
      ['b', f32([1], 3)],
    ],
    [['k', 'v']],
  );
  for (let size = 0; size < bytes.length; size++) {
    expect(error(bytes.slice(0, size)), `${size} bytes`).not.toBe('no error');
  }
});

test('a file changed anywhere in its header is read or refused, and never breaks anything', () => {
  const bytes = serialiseSafetensors(
    [
      ['a', f32([2], 1, 2)],
      ['b', f32([1], 3)],
    ],
    [['k', 'v']],
  );
  const change = fc.tuple(fc.nat({ max: bytes.length - 13 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[at] = value;
      expect(error(changed)).toBeTypeOf('string');
    }),
    { numRuns: 2000 },
  );
});

test('any JSON as a header is read or refused', () => {
  const field = fc.oneof(
    fc.json(),
    fc
      .record({
        dtype: fc.constantFrom('F32', 'F64', 'I64', 'x'),
        shape: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 3 }),
        data_offsets: fc.array(fc.integer({ min: -1, max: 40 }), { maxLength: 3 }),
      })
      .map((value) => JSON.stringify(value)),
  );
  const header = fc
    .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '__metadata__'), field), {
      maxLength: 3,
    })
    .map((fields) => `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${v}`).join(',')}}`);
  fc.assert(
    fc.property(header, fc.nat({ max: 40 }), (text, size) => {
      expect(error(safetensorsFile(text, size))).toBeTypeOf('string');
    }),
    { numRuns: 2000 },
  );
});

test('tensors that cannot be written', () => {
  expect(() =>
    serialiseSafetensors([
      ['a', f32([], 1)],
      ['a', f32([], 1)],
    ]),
  ).toThrow('two tensors are called "a"');
  expect(() => serialiseSafetensors([['__metadata__', f32([], 1)]])).toThrow('"__metadata__"');
});
