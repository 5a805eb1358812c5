import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packings, type Packing, type PackingName } from '../../codegen/index.ts';

const names = Object.keys(packings) as PackingName[];
const count = (shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1);

test.each(names)('%s keeps every element, fills with zeros, and tells its size', (name) => {
  const packing: Packing = packings[name];
  const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shapes, (shape) => {
      const data = count(shape);
      const packed = packing.pack(data, shape);
      expect(packed.length).toBe(packing.size(shape));
      expect([...packed].filter((v) => v !== 0).sort((a, b) => a - b)).toEqual([...data]);
    }),
  );
});

test('quads put four outputs side by side', () => {
  // Weights [5, 2]: output m has 10 m + 1 and 10 m + 2.
  const data = Float32Array.from({ length: 10 }, (_, i) => 10 * (i >> 1) + (i % 2) + 1);
  expect([...packings.quads.pack(data, [5, 2])]).toEqual([
    1, 11, 21, 31, 2, 12, 22, 32, 41, 0, 0, 0, 42, 0, 0, 0,
  ]);
});
