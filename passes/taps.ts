/**
 * Where a convolution reads: along each axis, tap i of a kernel reads at the offset i dilation - pad.
 * Two convolutions of one input and stride are one kernel on the finest grid that holds the taps of both.
 * A transposed one writes there: tap i of a pixel adds to the output at that offset from stride times its place.
 */
import {
  extent,
  greatestCommonDivisor,
  type AttrsOf,
  type NodeOf,
  type StaticShape,
} from '../ir/index.ts';

export type Geometry = Pick<AttrsOf<'conv2d'>, 'pads' | 'dilations'> & {
  readonly kernel: readonly [number, number];
};

/** The taps along one axis, and how far the window may run: pads minus what the kernel covers. */
interface Axis {
  readonly first: number;
  readonly count: number;
  readonly step: number;
  readonly slack: number;
}

function axisOf({ kernel, pads, dilations }: Geometry, axis: 0 | 1): Axis {
  const [count, step] = [kernel[axis], dilations[axis]!];
  const slack = pads[axis]! + pads[axis + 2]! - extent(count, step);
  return { first: -pads[axis]!, count, step: count === 1 ? 0 : step, slack };
}

/** The finest grid that holds both. */
function unite(a: Axis, b: Axis): Axis {
  const last = ({ first, count, step }: Axis) => first + (count - 1) * step;
  const first = Math.min(a.first, b.first);
  const step =
    [a.step, b.step, a.first - first, b.first - first].reduce(greatestCommonDivisor, 0) || 1;
  const count = (Math.max(last(a), last(b)) - first) / step + 1;
  // With a stride their windows may stop at different places, for outputs of the same size.
  return { first, count, step, slack: Math.min(a.slack, b.slack) };
}

/**
 * The end pad that gives the slack. After uniting it is slack + last + 1, the slack is that of one of the
 * two, and the last tap is no earlier than its: so it crops no more than that one does.
 */
const endPad = ({ first, count, step, slack }: Axis): number => slack + first + extent(count, step);

export type Conv = NodeOf<'conv2d'> | NodeOf<'convTranspose2d'>;

/** Where a convolution reads, or a transposed one writes, whose output padding is a negative end pad here. */
export function geometryOf(conv: Conv, weight: StaticShape): Geometry {
  const { pads, dilations } = conv.attrs;
  const more = conv.op === 'conv2d' ? [0, 0] : conv.attrs.output_padding;
  const cut = [pads[0]!, pads[1]!, pads[2]! - more[0]!, pads[3]! - more[1]!];
  return { kernel: [weight[2]!, weight[3]!], pads: cut, dilations };
}

/** The geometry as attributes of a transposed convolution; false where none may have as much output padding. */
export function transposedWindow({ pads, dilations }: Geometry, strides: readonly number[]) {
  const output_padding = [Math.max(-pads[2]!, 0), Math.max(-pads[3]!, 0)];
  const isAllowed = output_padding.every((more, i) => more < Math.max(strides[i]!, dilations[i]!));
  return isAllowed && { pads: pads.map((pad) => Math.max(pad, 0)), dilations, output_padding };
}

/** The smallest kernel that reads wherever the two read. */
export function uniteGeometries(a: Geometry, b: Geometry): Geometry {
  const [rows, columns] = ([0, 1] as const).map((i) => unite(axisOf(a, i), axisOf(b, i))) as [
    Axis,
    Axis,
  ];
  return {
    kernel: [rows.count, columns.count],
    pads: [-rows.first, -columns.first, endPad(rows), endPad(columns)],
    dilations: [rows.step, columns.step],
  };
}

/** A single tap without padding: what an identity reads. */
export const point: Geometry = { kernel: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };

/** For each tap of `from` along the axis, which tap of `to` reads the same place. */
export function tapIndices(from: Geometry, to: Geometry, axis: 0 | 1): number[] {
  return Array.from({ length: from.kernel[axis] }, (_, i) => {
    const offset = i * from.dilations[axis]! - from.pads[axis]!;
    return (offset + to.pads[axis]!) / to.dilations[axis]!;
  });
}

/**
 * Whether tap for tap they read the same places. A dilation along an axis with one tap means nothing, and
 * the end pad only tells where the window stops.
 */
export const sameTaps = (a: Geometry, b: Geometry): boolean =>
  ([0, 1] as const).every(
    (i) =>
      a.kernel[i] === b.kernel[i] &&
      a.pads[i] === b.pads[i] &&
      (a.kernel[i] === 1 || a.dilations[i] === b.dilations[i]),
  );
