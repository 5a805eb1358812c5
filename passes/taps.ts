/**
 * Where a convolution reads: along each axis, tap i of a kernel reads at the offset i dilation - pad.
 * Two convolutions of one input and stride are one kernel on the finest grid that holds the taps of both.
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

/** Where a convolution reads. */
export const geometryOf = (conv: NodeOf<'conv2d'>, weight: StaticShape): Geometry => ({
  kernel: [weight[2]!, weight[3]!],
  pads: conv.attrs.pads,
  dilations: conv.attrs.dilations,
});

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
