/** Convolutions of every kind that some kernel is made for, and of kinds that few are. */
import fc from 'fast-check';
import { elementCount, type Fused, type Graph } from '../../ir/index.ts';
import {
  activated,
  bare,
  buildConv,
  full,
  inPlace,
  leastSize,
  padded,
  window,
  type ConvCase,
  type Extras,
  type Window,
} from './conv-case.ts';
import type { Family } from './family.ts';
import { around, between } from './sizes.ts';

interface Kind {
  readonly window: Window | fc.Arbitrary<Window>;
  readonly extras: Extras | fc.Arbitrary<Extras>;
  readonly group?: fc.Arbitrary<number>;
  readonly channels?: fc.Arbitrary<number>;
  readonly outputs?: fc.Arbitrary<number>;
  /** Height and width of the output, or about that. */
  readonly height?: fc.Arbitrary<number>;
  readonly width?: fc.Arbitrary<number>;
  readonly pads?: fc.Arbitrary<readonly number[]>;
}

const listOf4 = (one: fc.Arbitrary<number>) => fc.array(one, { minLength: 4, maxLength: 4 });
const noPads = fc.constant([0, 0, 0, 0]);
/** Such as networks have, and any; negative ones crop. */
const anyPads = fc.oneof(fc.constant([1, 1, 1, 1]), listOf4(between(-2, 3)));

/** The evaluator takes a second for some 50 million multiply-adds. */
const MOST_WORK = 1e6;

/** Fewer images, then smaller ones, until evaluating takes little. */
function shrinkWork(given: ConvCase): ConvCase {
  let one = given;
  const work = () =>
    one.batch *
    one.group *
    one.channels *
    one.outputs *
    elementCount([...one.window.kernel, ...one.size]);
  while (work() > MOST_WORK && one.batch > 1) one = { ...one, batch: one.batch - 1 };
  while (work() > MOST_WORK) {
    const least = ([0, 1] as const).map((axis) => leastSize(one.window, one.pads, axis));
    const [height, width] = one.size.map((n, i) => Math.max(least[i]!, Math.ceil(n / 2)));
    if (height === one.size[0] && width === one.size[1]) break;
    one = { ...one, size: [height!, width!] };
  }
  return one;
}

const constant = <T>(given: T | fc.Arbitrary<T>): fc.Arbitrary<T> =>
  given instanceof fc.Arbitrary ? given : fc.constant(given);

const graphsOf = (kind: Kind): fc.Arbitrary<Graph> =>
  fc
    .record({
      batch: between(1, 3),
      group: kind.group ?? fc.constant(1),
      channels: kind.channels ?? around(9),
      outputs: kind.outputs ?? around(33),
      out: fc.tuple(kind.height ?? around(17), kind.width ?? around(17)),
      // What a stride leaves over at the bottom and on the right.
      rest: fc.tuple(between(0, 2), between(0, 2)),
      pads: kind.pads ?? anyPads,
      window: constant(kind.window),
      extras: constant(kind.extras),
    })
    .map(({ out, rest, ...one }) => {
      const size = ([0, 1] as const).map((axis) => {
        const stride = one.window.strides[axis];
        const left = Math.min(rest[axis], stride - 1);
        return leastSize(one.window, one.pads, axis) + (out[axis] - 1) * stride + left;
      });
      return buildConv(shrinkWork({ ...one, size: size as [number, number] }));
    });

const family = (name: string, kind: Kind): Family => ({
  name: `conv2d, ${name}`,
  op: 'conv2d',
  graphs: graphsOf(kind),
});

const square = window([3, 3]);
const point = window([1, 1]);
const halved = window([3, 3], [2, 2]);
const withoutPads: Extras = { ...inPlace, padValue: false };
const single = fc.constant(1);
const small = around(7);

const kinds: Readonly<Record<string, Kind>> = {
  'few channels': { window: square, extras: full },
  'many channels': {
    window: square,
    extras: inPlace,
    channels: around(65, 40),
    outputs: around(97, 40),
    height: around(14),
    width: around(14),
  },
  'many channels, bare': {
    window: square,
    extras: bare,
    channels: around(65, 40),
    outputs: around(65, 40),
    height: around(14),
    width: around(14),
  },
  'deep, small images': {
    window: square,
    extras: activated,
    channels: around(257, 63),
    outputs: around(65),
    height: small,
    width: small,
    pads: fc.constant([1, 1, 1, 1]),
  },
  'stride 2': { window: halved, extras: inPlace, channels: around(33), outputs: around(65) },
  'stride 2, deep': {
    window: halved,
    extras: activated,
    channels: around(193, 63),
    outputs: around(65),
    height: small,
    width: small,
    pads: fc.constant([1, 1, 1, 1]),
  },
  stem: {
    window: halved,
    extras: activated,
    channels: fc.constant(3),
    outputs: around(65),
    height: around(29),
    width: around(57),
    pads: fc.constant([1, 1, 1, 1]),
  },
  'wide images': { window: square, extras: activated, height: around(5), width: around(129) },
  '1x1': {
    window: point,
    extras: withoutPads,
    channels: around(65),
    outputs: around(129),
    pads: noPads,
  },
  '1x1, deep': {
    window: point,
    extras: { ...bare, bias: true },
    channels: around(257, 63),
    outputs: around(65),
    height: small,
    width: small,
    pads: noPads,
  },
  '1x1, stride 2': {
    window: window([1, 1], [2, 2]),
    extras: { ...withoutPads, residual: 'kept' },
    channels: around(33),
    outputs: around(65),
    pads: noPads,
  },
  '1x1, uneven strides': {
    window: window([1, 1], [3, 2]),
    extras: bare,
    outputs: around(65),
    pads: noPads,
  },
  '1x1, padded': { window: point, extras: full, outputs: around(65) },
  depthwise: {
    window: square,
    extras: inPlace,
    group: around(33),
    channels: single,
    outputs: single,
  },
  'depthwise, wide': {
    window: square,
    extras: activated,
    group: around(9),
    channels: single,
    outputs: single,
    height: around(9),
    width: around(129),
    pads: fc.constant([1, 1, 1, 1]),
  },
  'depthwise, stride 2': {
    window: halved,
    extras: full,
    group: around(17),
    channels: single,
    outputs: single,
    height: around(29),
    width: around(29),
  },
  'depthwise 5x5': {
    window: window([5, 5]),
    extras: activated,
    group: around(17),
    channels: single,
    outputs: single,
    pads: fc.constant([2, 2, 2, 2]),
  },
  'depthwise 7x7': {
    window: window([7, 7]),
    extras: bare,
    group: around(9),
    channels: single,
    outputs: single,
    pads: fc.constant([3, 3, 3, 3]),
  },
  'depthwise, several outputs': {
    window: square,
    extras: padded,
    group: around(17),
    channels: single,
    outputs: between(2, 5),
  },
  'groups of a multiple of 4 outputs': {
    window: square,
    extras: inPlace,
    group: between(2, 4),
    outputs: fc.constantFrom(4, 8, 12, 16, 32),
  },
  'odd groups': { window: square, extras: activated, group: between(2, 5), outputs: between(1, 7) },
  '1x1 in groups': {
    window: point,
    extras: withoutPads,
    group: between(2, 4),
    outputs: fc.constantFrom(3, 4, 8, 16),
    pads: noPads,
  },
  '5x5': { window: window([5, 5]), extras: activated, outputs: around(17) },
  '7x7, stride 2': { window: window([7, 7], [2, 2]), extras: bare, outputs: around(17) },
  dilated: { window: window([3, 3], [1, 1], [2, 2]), extras: full },
  '1x3, uneven': { window: window([1, 3], [2, 1], [1, 2]), extras: padded },
  '2x1, uneven': { window: window([2, 1], [1, 3], [3, 1]), extras: full },
  'computed weights': {
    window: square,
    extras: { ...full, computed: true },
    group: between(1, 3),
    outputs: between(1, 9),
  },
};

const pair = (most: number) => fc.tuple(between(1, most), between(1, most));

/** Kernels that have the window in uniforms take any. */
const anyWindow: Family = {
  ...family('any window', {
    window: fc.record({ kernel: pair(4), strides: pair(3), dilations: pair(3) }),
    extras: fc.constantFrom(bare, activated, padded, full),
    group: between(1, 3),
  }),
  kernels: ['conv-direct'],
};

/** A convolution of each kind that takes other kernels, with an activation. */
export const activatedConvs = (fused: Fused): Family[] => {
  const extras: Extras = { ...bare, bias: true, ...fused };
  const layers: Readonly<Record<string, Kind>> = {
    '3x3': { ...kinds['many channels']!, extras },
    '1x1': { ...kinds['1x1']!, extras },
    depthwise: { ...kinds['depthwise']!, extras },
  };
  return Object.entries(layers).map(([name, kind]) => ({
    ...family(`${name}, ${[fused.act, ...fused.actParams].join(' ')}`, kind),
    sampled: true,
  }));
};

export const convFamilies: readonly Family[] = [
  ...Object.entries(kinds).map(([name, kind]) => family(name, kind)),
  anyWindow,
];
