/** Two convolutions whose strides differ may give outputs of one size all the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pipeline } from '../../passes/index.ts';
import { expectSameMeaning, run } from '../support/rewrite.ts';

const outputSize = (size: number, kernel: number, stride: number) =>
  Math.floor((size - kernel) / stride) + 1;

/** An image's size, and a kernel's size and two strides that give outputs of one size. */
const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    a: fc.integer({ min: 1, max: 5 }),
    b: fc.integer({ min: 1, max: 5 }),
  })
  .filter(({ size, kernel, a, b }) => {
    const [first, second] = [outputSize(size, kernel, a), outputSize(size, kernel, b)];
    return first >= 1 && first === second;
  });

test('convolutions of unequal strides are not taken for one', () => {
  let unequal = 0;
  fc.assert(
    fc.property(axis, axis, (rows, columns) => {
      const kernel = `${rows.kernel},${columns.kernel}`;
      const { before, graph } = run(
        pipeline.slice(0, -1),
        `graph g(%x: f32[1,2,${rows.size},${columns.size}]) {
          const %v : f32[3,2,${kernel}]
          const %w : f32[3,2,${kernel}]
          %c = conv2d %x, %v {strides=[${rows.a},${columns.a}]}
          %d = conv2d %x, %w {strides=[${rows.b},${columns.b}]}
          %y = sum %c, %d
          return %y
        }`,
      );
      expectSameMeaning(before, graph);
      const isUnequal = ({ size, kernel: k, a, b }: typeof rows) =>
        a !== b && outputSize(size, k, a) > 1;
      if (isUnequal(rows) || isUnequal(columns)) unequal++;
    }),
    { seed: 7, numRuns: 300 },
  );
  expect(unequal).toBeGreaterThan(10);
});
