import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packings, type Packing, type PackingName } from '../../codegen/index.ts';

// Winograd's do not keep the elements.
const names = (Object.keys(packings) as PackingName[]).filter(
  (name) => !name.startsWith('winograd'),
);
const count = (shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1);

test.each(names)('%s keeps every element, fills with zeros, and tells its size', (name) => {
  const packing: Packing = packings[name];
  const minLength = name === 'transposedQuads' ? 2 : 1;
  const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength, maxLength: 4 });
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

test.each([
  [
    'winograd',
    [
      { factor: -2 / 3, points: [Math.SQRT1_2, -Math.SQRT1_2] },
      { factor: 1 / 6, points: [Math.SQRT2, -Math.SQRT2] },
    ],
  ],
  ['winograd2', [{ factor: 1 / 2, points: [1, -1] }]],
] as const)("%s puts the transformed filters' outputs side by side", (name, pairs) => {
  // The polynomials a + b x + c x^2 of rows and columns, at the points, times what normalises each.
  const evaluateAt = ([a, b, c]: readonly number[]) => [
    a!,
    ...pairs.flatMap(({ factor, points }) =>
      points.map((x) => factor * (a! + b! * x + c! * x * x)),
    ),
    c!,
  ];
  const shape = [5, 2, 3, 3];
  const column = (m: number, c: number) => [m + 1, c - 2, 0.5 * m];
  const row = (m: number, c: number) => [c + 3, m - 2, -0.25];
  const outputs = [0, 1, 2, 3, 4];
  const data = Float32Array.from(
    outputs.flatMap((m) =>
      [0, 1].flatMap((c) => column(m, c).flatMap((a) => row(m, c).map((b) => a * b))),
    ),
  );
  const packed = packings[name].pack(data, shape);
  expect(packed).toHaveLength(packings[name].size(shape));
  for (const m of [...outputs, 5, 6, 7]) {
    for (const c of [0, 1]) {
      const [rows, columns] = [evaluateAt(column(m, c)), evaluateAt(row(m, c))];
      const wanted = rows.flatMap((a) => columns.map((b) => (m < 5 ? a * b : 0)));
      wanted.forEach((value, f) => expect(packed[(f * 2 + c) * 8 + m]).toBeCloseTo(value, 5));
    }
  }
});
