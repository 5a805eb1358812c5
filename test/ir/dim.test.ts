import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDims,
  divideDims,
  isDim,
  multiplyDims,
  scaleAndShift,
  shiftAndDivide,
} from '../../ir/index.ts';
import { staticShape, substituteDim, type Dim } from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';

const symbol = fc.constantFrom('H', 'W', 'constructor', '__proto__');
const step = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 4 }));
const steps = fc.array(step, { maxLength: 4 });
const size = fc.integer({ min: 1, max: 500 });
const affine: fc.Arbitrary<Dim> = fc
  .tuple(fc.oneof(symbol, size), steps)
  .map(([from, all]) => all.reduce<Dim>((d, [a, s]) => shiftAndDivide(d, a, s), from))
  .filter((d) => typeof d === 'string' || d > 0);
const product = fc.array(affine, { minLength: 1, maxLength: 4 }).map(multiplyDims);

const at = (value: number) => Object.fromEntries(['H', '__proto__'].map((name) => [name, value]));
const all = { ...at(7), W: 11, ['constructor']: 5 };

describe('floor((dim + offset) / divisor)', () => {
  test('of symbols composes as it does of numbers', () => {
    fc.assert(
      fc.property(symbol, steps, size, (name, chain, value) => {
        const run = (from: Dim) => chain.reduce((d, [a, s]) => shiftAndDivide(d, a, s), from);
        const sizes = Object.fromEntries([[name, value]]);
        expect(substituteDim(run(name), sizes)).toBe(run(value));
      }),
    );
  });

  test('has one spelling for equal functions', () => {
    const chains = fc.tuple(steps, steps);
    const run = (chain: [number, number][]) =>
      chain.reduce<Dim>((d, [a, s]) => shiftAndDivide(d, a, s), 'H');
    const probe = Array.from({ length: 600 }, (_, i) => i + 1);
    fc.assert(
      fc.property(chains, ([a, b]) => {
        const areEqual = probe.every(
          (h) => substituteDim(run(a), { H: h }) === substituteDim(run(b), { H: h }),
        );
        expect(run(a) === run(b)).toBe(areEqual);
      }),
      {
        examples: [
          [
            [
              [
                [0, 2],
                [1, 1],
              ],
              [[2, 2]],
            ],
          ],
          [
            [
              [
                [1, 2],
                [1, 2],
              ],
              [[3, 4]],
            ],
          ],
        ],
      },
    );
  });

  test.each<[Dim, number, number, Dim]>([
    ['H', 0, 1, 'H'],
    ['H', 1, 2, 'floor((H+1)/2)'],
    ['H', 0, 2, 'floor(H/2)'],
    ['H', -3, 1, 'H-3'],
    ['floor((H+1)/2)', 1, 2, 'floor((H+3)/4)'],
    ['H-3', 3, 1, 'H'],
    [7, 1, 2, 4],
    ['64*H', 0, 1, '64*H'],
  ])('of %s, %i, %i is %s', (dim, offset, divisor, wanted) => {
    expect(shiftAndDivide(dim, offset, divisor)).toBe(wanted);
  });

  test('of a product is not known', () => {
    expect(errorOf(() => shiftAndDivide('64*H', 1, 2))).toContain(
      'the size 64*H is not known well enough; give it as a number',
    );
  });
});

describe('products', () => {
  test('do not depend on order or grouping', () => {
    fc.assert(
      fc.property(product, product, product, (a, b, c) => {
        expect(multiplyDims([a, b])).toBe(multiplyDims([b, a]));
        expect(multiplyDims([multiplyDims([a, b]), c])).toBe(
          multiplyDims([a, multiplyDims([b, c])]),
        );
        expect(multiplyDims([a])).toBe(a);
      }),
    );
  });

  test('are undone by division', () => {
    fc.assert(
      fc.property(product, product, (a, b) => {
        expect(divideDims([a, b], [b])).toBe(a);
        expect(divideDims([a], [b, a])).toBe(b === 1 ? 1 : null);
      }),
    );
  });

  test('of symbols have the values of products of numbers', () => {
    fc.assert(
      fc.property(fc.array(affine, { maxLength: 4 }), (dims) => {
        const numbers = dims.map((d) => substituteDim(d, all) as number);
        const wanted = numbers.reduce((a, b) => a * b, 1);
        expect(substituteDim(multiplyDims(dims), all)).toBe(wanted);
      }),
    );
  });

  test.each<[Dim[], Dim]>([
    [[], 1],
    [[2, 3], 6],
    [['W', 64, 'H'], '64*H*W'],
    [['H+1', 3], '3*(H+1)'],
    [['H+1', 'H'], 'H*(H+1)'],
    [['H+1', 1], 'H+1'],
    [['floor((H+1)/2)', 4], '4*floor((H+1)/2)'],
  ])('%j is %s', (dims, wanted) => expect(multiplyDims(dims)).toBe(wanted));

  test.each<[Dim[], Dim[], Dim | null]>([
    [[6], [4], null],
    [['H', 6], [4], null],
    [['H'], ['W'], null],
    [['H', 'H'], ['H'], 'H'],
    [['H', 'W', 6], ['W', 2], '3*H'],
  ])('%j over %j is %s', (dims, divisors, wanted) => {
    expect(divideDims(dims, divisors)).toBe(wanted);
  });
});

test.each<[Dim, Dim, Dim]>([
  [2, 3, 5],
  [2, 'H', 'H+2'],
  ['H', 2, 'H+2'],
  ['floor(H/2)', 1, 'floor((H+2)/2)'],
])('%s + %s is %s', (a, b, wanted) => expect(addDims(a, b)).toBe(wanted));

test.each<[Dim, number, number, Dim]>([
  [5, 2, -3, 7],
  ['H', 1, 2, 'H+2'],
  ['H', 2, 0, '2*H'],
  ['H', 2, -4, '2*(H-2)'],
  ['2*H', 3, 0, '6*H'],
  ['floor(H/2)', 2, 2, '2*floor((H+2)/2)'],
])('%s times %i, plus %i, is %s', (dim, factor, offset, wanted) => {
  const scaled = scaleAndShift(dim, factor, offset);
  expect(scaled).toBe(wanted);
  expect(isDim(scaled)).toBe(true);
  expect(substituteDim(scaled, { H: 7 })).toBe(
    factor * Number(substituteDim(dim, { H: 7 })) + offset,
  );
});

test('twice a symbol and one more has no name', () => {
  expect(errorOf(() => scaleAndShift('H', 2, 1))).toContain('2 times the size H, plus 1,');
});

test('the sum of two symbols has no name', () => {
  expect(errorOf(() => addDims('H', 'W'))).toContain(
    'the symbolic sizes H and W cannot be expressed',
  );
});

test('whatever is computed is a size', () => {
  fc.assert(
    fc.property(product, (dim) => {
      expect(isDim(dim)).toBe(true);
    }),
  );
});

test.each(
  [
    [0, -1, 1.5, NaN, Infinity, '', ' ', 'a b', '1', 'H+0', 'H+01', '1*H', 'H*2', 'W*H', '(H)'],
    ['2*H+1', 'floor(H/1)', 'floor(H/0)', 'floor(H+1/2)', 'floor((H)/2)', 'H*', '3*4', 'N]', '-H'],
  ].flat<Dim[][]>(),
)('%s is no size', (dim) => expect(isDim(dim)).toBe(false));

test('only the symbols given are replaced', () => {
  expect(substituteDim('4*H*W*floor((H+1)/2)', { H: 3 })).toBe('24*W');
  expect(substituteDim('toString', {})).toBe('toString');
});

test('a shape with open sizes is refused by name', () => {
  expect(staticShape([1, 2], 'x')).toEqual([1, 2]);
  expect(errorOf(() => staticShape([1, 'H'], 'the image'))).toContain(
    'the image has the symbolic shape [1,H]; fix its sizes first',
  );
});
