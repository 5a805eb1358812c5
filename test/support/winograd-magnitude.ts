/**
 * How far Winograd's F(4x4, 3x3) and F(2x2, 3x3) may be off. Their transforms mix all that a tile reads, so the magnitude of an
 * output is that of its whole tile: |A'| (sum over channels of (|G| |w| |G'|) * (|B'| |x| |B|)) |A|.
 */
import { Tensor, type Graph } from '../../ir/index.ts';

const p = Math.SQRT1_2;
const q = Math.SQRT2;

type Matrix = readonly (readonly number[])[];

/** The magnitudes of an algorithm's matrices. */
export interface Form {
  /** |B'| */
  readonly patch: Matrix;
  /** |G| */
  readonly filter: Matrix;
  /** |A'| */
  readonly result: Matrix;
  /** Roundings on the way to an output, at most, but for the product and the sum for each channel. */
  readonly roundings: number;
}

/**
 * Roundings: one of the weight, four of each of the two transforms of the patch, five of each of the two of the
 * results, two for what is added, one for higher orders. Higham, "Accuracy and Stability of Numerical Algorithms",
 * section 3.1.
 */
export const f4x4: Form = {
  patch: [
    [1, 0, 2.5, 0, 1, 0],
    [0, 2 * p, 2, p, 1, 0],
    [0, 2 * p, 2, p, 1, 0],
    [0, q / 2, 0.5, q, 1, 0],
    [0, q / 2, 0.5, q, 1, 0],
    [0, 1, 0, 2.5, 0, 1],
  ],
  filter: [
    [1, 0, 0],
    [2 / 3, (2 / 3) * p, 1 / 3],
    [2 / 3, (2 / 3) * p, 1 / 3],
    [1 / 6, q / 6, 1 / 3],
    [1 / 6, q / 6, 1 / 3],
    [0, 0, 1],
  ],
  result: [
    [1, 1, 1, 1, 1, 0],
    [0, p, p, q, q, 0],
    [0, 0.5, 0.5, 2, 2, 0],
    [0, p ** 3, p ** 3, q ** 3, q ** 3, 1],
  ],
  roundings: 22,
};

/** The same, with one and two roundings for the transforms: 1 + 2 + 4 + 2 + 1. */
export const f2x2: Form = {
  patch: [
    [1, 0, 1, 0],
    [0, 1, 1, 0],
    [0, 1, 1, 0],
    [0, 1, 0, 1],
  ],
  filter: [
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5],
    [0, 0, 1],
  ],
  result: [
    [1, 1, 1, 0],
    [0, 1, 1, 1],
  ],
  roundings: 10,
};

/** a d a' */
function both(a: Matrix, d: Matrix): number[][] {
  const half = a.map((row) =>
    d[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * d[k]![j]!, 0)),
  );
  return half.map((row) => a.map((other) => other.reduce((sum, v, k) => sum + v * row[k]!, 0)));
}

const square = (size: number, at: (i: number, j: number) => number): number[][] =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => at(i, j)));

/** Roundings on the way to an output, at most: a product and a sum for each channel among them. */
export const winogradUnits = (channels: number, { roundings }: Form = f4x4): number =>
  channels + roundings;

/** Magnitudes of the outputs of "y", a 3x3 convolution of stride 1, without what is added to it. */
export function winogradMagnitude(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  { patch, filter, result: inverse }: Form = f4x4,
): Tensor {
  const [tile, side] = [inverse.length, patch.length];
  const node = graph.nodes.find(({ id }) => id === 'y')!;
  if (node.op !== 'conv2d') throw new Error('"y" is not a convolution');
  const [top, left] = node.attrs.pads as [number, number];
  const image = inputs['x']!;
  const weights = graph.consts['w'] as Tensor;
  const padValue = node.inputs[3] ? (graph.consts[node.inputs[3]] as Tensor).data : null;
  const [batch, channels, height, width] = image.shape as [number, number, number, number];
  const shape = node.outputs[0].shape as number[];
  const [, outputs, outHeight, outWidth] = shape as [number, number, number, number];
  const filters = Array.from({ length: outputs * channels }, (_, i) =>
    both(
      filter,
      square(3, (y, x) => Math.abs(weights.data[i * 9 + 3 * y + x]!)),
    ),
  );
  const pixel = (n: number, c: number, y: number, x: number) => {
    const isInside = y >= 0 && x >= 0 && y < height && x < width;
    const value = isInside
      ? image.data[((n * channels + c) * height + y) * width + x]!
      : (padValue?.[c] ?? 0);
    return Math.abs(value);
  };
  const result = new Float64Array(batch * outputs * outHeight * outWidth);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < outHeight; row += tile) {
      for (let column = 0; column < outWidth; column += tile) {
        const patches = Array.from({ length: channels }, (_, c) =>
          both(
            patch,
            square(side, (i, j) => pixel(n, c, row - top + i, column - left + j)),
          ),
        );
        for (let o = 0; o < outputs; o++) {
          const products = square(side, (i, j) =>
            patches.reduce((sum, d, c) => sum + d[i]![j]! * filters[o * channels + c]![i]![j]!, 0),
          );
          both(inverse, products).forEach((line, i) =>
            line.forEach((value, j) => {
              if (row + i >= outHeight || column + j >= outWidth) return;
              result[((n * outputs + o) * outHeight + row + i) * outWidth + column + j] = value;
            }),
          );
        }
      }
    }
  }
  return new Tensor(shape, result);
}
