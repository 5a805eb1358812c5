/** Transposed convolutions: as decoders have them, and any. */
import fc from 'fast-check';
import { extent, GraphBuilder, type Graph } from '../../ir/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import { activated, bare, full, inPlace, window, type Extras, type Window } from './conv-case.ts';
import type { Family } from './family.ts';
import { finishWithResidual } from './residual.ts';
import { around, between } from './sizes.ts';

export interface TransposedCase {
  readonly batch: number;
  readonly group: number;
  /** Channels and outputs of a group. */
  readonly channels: number;
  readonly outputs: number;
  /** Height and width of the image. */
  readonly size: readonly [number, number];
  /** [top, left, bottom, right]; as many of them are cut off as leave something. */
  readonly pads: readonly number[];
  /** Any number; what is added is less than the stride. */
  readonly added: readonly [number, number];
  readonly window: Window;
  readonly extras: Extras;
}

/** "y" is the transposed convolution of "x" with "w"; with a residual, "s" adds "r" to it. */
export function buildTransposed(one: TransposedCase): Graph {
  const { batch, group, channels, outputs, size, window: w, extras } = one;
  const { act, actParams = [], residual, bias, computed } = extras;
  const b = new GraphBuilder('transposed');
  b.input('x', [batch, group * channels, ...size]);
  const weights = [group * channels, outputs, ...w.kernel];
  if (computed) b.input('w', weights);
  else b.constant('w', randomTensor('w', weights));
  if (bias) b.constant('bias', randomTensor('bias', [group * outputs]));
  const added = w.strides.map((stride, axis) => one.added[axis]! % stride);
  const pads = [...one.pads];
  for (const axis of [0, 1] as const) {
    const whole = (size[axis] - 1) * w.strides[axis] + extent(w.kernel[axis], w.dilations[axis]);
    const rest = whole + added[axis]! - 1;
    pads[axis] = Math.min(pads[axis]!, rest);
    pads[axis + 2] = Math.min(pads[axis + 2]!, rest - pads[axis]!);
  }
  const { strides, dilations } = w;
  const fused = { act, actParams };
  const attrs = { strides, dilations, pads, output_padding: added, group };
  b.node('convTranspose2d', 'y', ['x', 'w', bias ? 'bias' : null], {
    ...attrs,
    ...(residual ? {} : fused),
  });
  if (!residual) return b.finish([{ name: 'y', value: 'y' }]);
  return finishWithResidual(b, fused, residual);
}

interface Kind {
  readonly window: Window | fc.Arbitrary<Window>;
  readonly extras: Extras | fc.Arbitrary<Extras>;
  readonly group?: fc.Arbitrary<number>;
  readonly channels?: fc.Arbitrary<number>;
  readonly outputs?: fc.Arbitrary<number>;
  readonly size?: fc.Arbitrary<number>;
}

const constant = <T>(given: T | fc.Arbitrary<T>): fc.Arbitrary<T> =>
  given instanceof fc.Arbitrary ? given : fc.constant(given);

export const transposedCases = (kind: Kind): fc.Arbitrary<TransposedCase> =>
  fc.record({
    batch: between(1, 2),
    group: kind.group ?? fc.constant(1),
    channels: kind.channels ?? around(17),
    outputs: kind.outputs ?? around(17),
    size: fc.tuple(kind.size ?? around(9), kind.size ?? around(9)),
    pads: fc.array(between(0, 3), { minLength: 4, maxLength: 4 }),
    added: fc.tuple(between(0, 2), between(0, 2)),
    window: constant(kind.window),
    extras: constant(kind.extras),
  });

const doubled = (size: number): Window => window([size, size], [2, 2]);
const pair = (most: number) => fc.tuple(between(1, most), between(1, most));

/** Such as kernels that unroll the window take; each is a pipeline of its own. */
export const transposedKinds: Readonly<Record<string, Kind>> = {
  '2x2, stride 2': { window: doubled(2), extras: activated, channels: around(33) },
  '3x3, stride 2': { window: doubled(3), extras: inPlace, outputs: around(33) },
  '4x4, stride 2': { window: doubled(4), extras: full, outputs: around(33) },
  '4x4, stride 2, wide': { window: doubled(4), extras: activated, size: around(33, 14) },
  '3x3': { window: window([3, 3]), extras: bare },
  '5x5, stride 3': { window: window([5, 5], [3, 3]), extras: activated, size: around(7) },
  '1x1, stride 2': { window: window([1, 1], [2, 2]), extras: activated },
  uneven: { window: window([2, 3], [3, 1], [2, 1]), extras: full },
  dilated: { window: window([3, 2], [2, 2], [2, 3]), extras: activated },
  'groups of a multiple of 4 outputs': {
    window: doubled(4),
    extras: activated,
    group: between(2, 3),
    channels: between(1, 5),
    outputs: fc.constantFrom(4, 8, 12),
  },
  depthwise: {
    window: doubled(4),
    extras: { ...bare, bias: true },
    group: around(17),
    channels: fc.constant(1),
    outputs: between(1, 2),
  },
  'computed weights': {
    window: doubled(3),
    extras: { ...full, computed: true },
    group: between(1, 3),
    channels: between(1, 5),
    outputs: between(1, 5),
  },
};

/** Kernels that have the window in uniforms take any. */
export const anyTransposed: Kind = {
  window: fc.record({ kernel: pair(4), strides: pair(4), dilations: pair(3) }),
  extras: fc.constantFrom(bare, activated, full),
  group: between(1, 3),
  channels: between(1, 5),
  outputs: between(1, 5),
};

const family = (name: string, kind: Kind): Family => ({
  name: `convTranspose2d, ${name}`,
  op: 'convTranspose2d',
  graphs: transposedCases(kind).map(buildTransposed),
});

export const transposedFamilies: readonly Family[] = [
  ...Object.entries(transposedKinds).map(([name, kind]) => family(name, kind)),
  { ...family('any window', anyTransposed), kernels: ['conv-transpose-direct'] },
];
