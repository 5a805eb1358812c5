/** Depthwise convolutions "d", and the 1x1 convolutions "y" of their outputs. */
import fc from 'fast-check';
import { GraphBuilder, type Fused, type Graph } from '../../ir/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import { leastSize, window, type Pair, type Window } from './conv-case.ts';
import type { Family } from './family.ts';
import { finishWithResidual, type Residual } from './residual.ts';
import { around, between } from './sizes.ts';

interface Kind {
  readonly window: Window;
  readonly pads: readonly number[];
  /** Of both convolutions. */
  readonly bias: boolean;
  readonly padValue?: boolean;
  readonly first?: Fused;
  readonly last?: Fused;
  readonly residual?: Residual;
  readonly channels?: fc.Arbitrary<number>;
  readonly size?: fc.Arbitrary<number>;
  /** One candidate is enough. */
  readonly sampled?: boolean;
}

const none: Fused = { act: 'none', actParams: [] };
const relu: Fused = { act: 'relu', actParams: [] };
const gelu: Fused = { act: 'gelu', actParams: [0] };
const same = [1, 1, 1, 1];

const kinds: Readonly<Record<string, Kind>> = {
  '3x3': {
    window: window([3, 3]),
    pads: same,
    bias: true,
    padValue: true,
    first: relu,
    last: { act: 'leakyRelu', actParams: [0.1] },
    residual: 'overwritten',
  },
  deep: {
    window: window([3, 3]),
    pads: same,
    bias: true,
    first: relu,
    last: relu,
    channels: around(257, 127),
    size: between(2, 5),
  },
  'stride 2, bare': { window: window([3, 3], [2, 2]), pads: same, bias: false, sampled: true },
  '5x5, dilated': {
    window: window([5, 5], [1, 1], [2, 1]),
    pads: [4, 2, 4, 2],
    bias: false,
    first: relu,
    residual: 'kept',
    sampled: true,
  },
  '7x7, cropped': { window: window([7, 7]), pads: [3, -1, 2, 3], bias: true, sampled: true },
  uneven: {
    window: window([2, 3], [3, 2], [1, 3]),
    pads: [0, 1, 2, 0],
    bias: true,
    padValue: true,
    first: { act: 'clip', actParams: [-0.25, 0.5] },
    last: { act: 'clip', actParams: [-1, 2] },
    sampled: true,
  },
  'gelu twice': {
    window: window([3, 3]),
    pads: same,
    bias: true,
    first: gelu,
    last: gelu,
    sampled: true,
  },
};

const graphsOf = (kind: Kind): fc.Arbitrary<Graph> =>
  fc
    .record({
      batch: between(1, 3),
      channels: kind.channels ?? around(65),
      outputs: around(129),
      height: kind.size ?? between(1, 9),
      width: kind.size ?? between(1, 17),
      // What a stride leaves over at the bottom and on the right.
      rest: fc.tuple(between(0, 2), between(0, 2)),
    })
    // A single channel is no depthwise convolution.
    .map(({ channels, ...one }) => build(kind, { ...one, channels: Math.max(channels, 2) }));

interface Sizes {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  /** Of the output. */
  readonly height: number;
  readonly width: number;
  readonly rest: Pair;
}

function build(kind: Kind, { batch, channels, outputs, height, width, rest }: Sizes): Graph {
  const { window: w, pads, bias, padValue, first = none, last = none, residual } = kind;
  const out = [height, width] as const;
  const size = ([0, 1] as const).map((axis) => {
    const stride = w.strides[axis];
    const left = Math.min(rest[axis], stride - 1);
    return leastSize(w, pads, axis) + (out[axis] - 1) * stride + left;
  });
  const b = new GraphBuilder('separable');
  const weight = (id: string, shape: readonly number[]) => b.constant(id, randomTensor(id, shape));
  b.input('x', [batch, channels, ...size]);
  const { strides, dilations } = w;
  const taps = [
    'x',
    weight('taps', [channels, 1, ...w.kernel]),
    bias ? weight('shift', [channels]) : null,
    padValue ? weight('padValue', [channels]) : null,
  ];
  b.node('conv2d', 'd', taps, { strides, dilations, pads, group: channels, ...first });
  const mix = [
    'd',
    weight('w', [outputs, channels, 1, 1]),
    bias ? weight('bias', [outputs]) : null,
  ];
  b.node('conv2d', 'y', mix, residual ? {} : last);
  return residual ? finishWithResidual(b, last, residual) : b.finish([{ name: 'y', value: 'y' }]);
}

export const separableFamilies: readonly Family[] = Object.entries(kinds).map(([name, kind]) => ({
  name: `depthwise, then 1x1, ${name}`,
  op: 'conv2d',
  graphs: graphsOf(kind),
  kernels: ['conv-separable'],
  sampled: kind.sampled ?? false,
}));
