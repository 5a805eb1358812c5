/** Transposed convolutions: what they are by definition, and their phases. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementCount, evaluate, GraphBuilder, mostTaps, tapsOfPhase } from '../../ir/index.ts';
import { parse, type Graph, type StaticShape, type Tensor } from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';
import { randomTensor, randomWeights } from '../support/random-weights.ts';

const between = (min: number, max: number) => fc.integer({ min, max });
const pair = (most: number) => fc.tuple(between(1, most), between(1, most));

const cases = fc
  .record({
    batch: between(1, 2),
    group: between(1, 3),
    channels: between(1, 3),
    outputs: between(1, 3),
    size: pair(5),
    kernel: pair(4),
    strides: pair(4),
    dilations: pair(3),
    pads: fc.array(between(0, 2), { minLength: 4, maxLength: 4 }),
    added: fc.tuple(between(0, 3), between(0, 3)),
  })
  .map((one) => ({
    ...one,
    added: one.added.map((more, axis) => more % one.strides[axis as 0 | 1]),
  }))
  .filter(({ size, kernel, strides, dilations, pads }) =>
    ([0, 1] as const).every(
      (axis) =>
        (size[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 >
        pads[axis]! + pads[axis + 2]!,
    ),
  );
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const random = (id: string, shape: StaticShape) => randomTensor(id, shape, { dtype: 'f64' });

function buildCase(one: Case): { graph: Graph; x: Tensor; w: Tensor; y: Tensor } {
  const { batch, group, channels, outputs, size, kernel, strides, dilations, pads, added } = one;
  const x = random('x', [batch, group * channels, ...size]);
  const w = random('w', [group * channels, outputs, ...kernel]);
  const b = new GraphBuilder('transposed');
  b.input('x', x.shape, 'f64');
  b.constant('w', w);
  const attrs = { strides, dilations, pads, output_padding: added, group };
  b.node('convTranspose2d', 'y', ['x', 'w', null], attrs);
  const graph = b.finish([{ name: 'y', value: 'y' }]);
  return { graph, x, w, y: evaluate(graph, { x })['y']! };
}

/** Each pixel of the input times each weight, added where it falls; one index after the other. */
function scattered(one: Case, x: Tensor, w: Tensor, shape: StaticShape): Float64Array {
  const y = new Float64Array(elementCount(shape));
  const at = ([, c, h, v]: StaticShape, n: number, k: number, i: number, j: number) =>
    ((n * c! + k) * h! + i) * v! + j;
  const each = (sizes: readonly number[], visit: (...index: number[]) => void): void => {
    for (let i = 0; i < elementCount(sizes); i++) {
      let rest = i;
      const index = sizes.toReversed().map((size) => {
        const here = rest % size;
        rest = Math.floor(rest / size);
        return here;
      });
      visit(...index.toReversed());
    }
  };
  each([...x.shape, ...w.shape.slice(1)], (n, c, i, j, m, ki, kj) => {
    const row = i! * one.strides[0] + ki! * one.dilations[0] - one.pads[0]!;
    const column = j! * one.strides[1] + kj! * one.dilations[1] - one.pads[1]!;
    if (row < 0 || column < 0 || row >= shape[2]! || column >= shape[3]!) return;
    const o = Math.floor(c! / one.channels) * one.outputs + m!;
    y[at(shape, n!, o, row, column)]! +=
      x.data[at(x.shape, n!, c!, i!, j!)]! * w.data[at(w.shape, c!, m!, ki!, kj!)]!;
  });
  return y;
}

test('every pixel adds its multiple of the kernel', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { x, w, y } = buildCase(one);
      const wanted = scattered(one, x, w, y.shape);
      expect(y.shape).toEqual([
        one.batch,
        one.group * one.outputs,
        ...([0, 1] as const).map(
          (axis) =>
            (one.size[axis] - 1) * one.strides[axis] +
            (one.kernel[axis] - 1) * one.dilations[axis] +
            1 +
            one.added[axis]! -
            one.pads[axis]! -
            one.pads[axis + 2]!,
        ),
      ]);
      y.data.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-12));
    }),
    { numRuns: 300 },
  );
});

const dot = (a: Tensor, b: Tensor): number =>
  Array.from(a.data).reduce((sum, value, i) => sum + value * b.data[i]!, 0);

test('it is the adjoint of the convolution with the same weights: <T x, z> = <x, C z>', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { x, w, y } = buildCase(one);
      const b = new GraphBuilder('adjoint');
      b.input('z', y.shape, 'f64');
      b.constant('w', w);
      const { strides, dilations, pads, group } = one;
      b.node('conv2d', 'c', ['z', 'w', null, null], { strides, dilations, pads, group });
      const z = random('z', y.shape);
      const c = evaluate(b.finish([{ name: 'c', value: 'c' }]), { z })['c']!;
      expect(c.shape).toEqual(x.shape);
      expect(Math.abs(dot(y, z) - dot(x, c))).toBeLessThan(1e-10);
    }),
    { numRuns: 200 },
  );
});

describe('phases', () => {
  const axis = fc.record({ kernel: between(1, 9), stride: between(1, 6), dilation: between(1, 6) });
  test('each tap falls on one phase, at its place', () => {
    fc.assert(
      fc.property(axis, ({ kernel, stride, dilation }) => {
        const all = Array.from({ length: stride }, (_, phase) =>
          tapsOfPhase(phase, kernel, stride, dilation).map(({ tap, back }) => {
            // Of pixel t - back, on output stride t + phase.
            expect(-back * stride + tap * dilation).toBe(phase);
            return tap;
          }),
        );
        expect(all.flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: kernel }, (_, i) => i),
        );
        const most = mostTaps([kernel, 1], { strides: [stride, 1], dilations: [dilation, 1] });
        expect(most).toBe(Math.max(...all.map(({ length }) => length)));
      }),
    );
  });
});

describe('what does not fit is refused by name', () => {
  const parsed = (node: string) =>
    errorOf(() =>
      parse(
        `graph g(%x: f32[1,4,2,2]) {
          const %w : f32[4,3,2,2]
          const %v : f32[3,3,2,2]
          const %b : f32[4]
          %y = convTranspose2d ${node}
          return %y
        }`,
        randomWeights(),
      ),
    );
  test.each([
    ['%x, %v', 'x [1,4,2,2] has 4 channels, but w [3,3,2,2] takes 3'],
    ['%x, %w {group=3}', 'w [4,3,2,2] takes 4 channels, not a multiple of group=3'],
    ['%x, %w {group=0}', 'group=0 must be an integer of at least 1'],
    ['%x, %w, %b', 'b must have the shape [3], but is [4]'],
    ['%x, %w {pads=[1,-1,0,0]}', 'pads=[1,-1,0,0] must be 4 integers of at least 0'],
    ['%x, %w {pads=[2,0,1,0]}', 'a cut of pads=[2,0,1,0] does not fit: nothing is left'],
    [
      '%x, %w {output_padding=[0,1]}',
      'output_padding=[0,1] must be less than the stride or the dilation',
    ],
    ['%x, %w {strides=[2]}', 'strides=[2] must be 2 integers of at least 1'],
  ])('%s', (node, wanted) => expect(parsed(node)).toContain(wanted));
});
