/**
 * How large the numbers are that a convolution by transformed tiles adds up. A transform mixes all that a tile
 * reads, so for an output it is |A'| (sum over channels of (|G| |w| |G'|) * (|B'| |x| |B|)) |A|, where x is the
 * patch of its tile and * is element by element.
 */
import type { Job } from '../../codegen/index.ts';
import type { Transform } from '../../codegen/winograd.ts';
import { elementCount } from '../../ir/index.ts';
import type { JobData } from './job-graph.ts';

type Matrix = readonly (readonly number[])[];

const magnitudes = (matrix: Matrix): number[][] => matrix.map((row) => row.map(Math.abs));

/** a d a' for a square d, row by row in `from`, to `to`. */
function both(a: Matrix, from: Float64Array, to: Float64Array): void {
  const size = a[0]!.length;
  const rows = a.length;
  const half = new Float64Array(rows * size);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a[i]![k]! * from[k * size + j]!;
      half[i * size + j] = sum;
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += half[i * size + k]! * a[j]![k]!;
      to[i * rows + j] = sum;
    }
  }
}

/** For each output of a convolution of stride 1 and one group, what is added to it apart. */
export function tileMagnitudes(
  { node, output }: Job<'conv2d'>,
  { inputs }: JobData,
  transform: Transform,
): Float64Array {
  const [image, weights, , padValue] = inputs;
  const [filter, patch, result] = [
    magnitudes(transform.filter),
    magnitudes(transform.patch),
    magnitudes(transform.result),
  ];
  const [batch, channels, height, width] = image!.shape as [number, number, number, number];
  const [, outputs, outHeight, outWidth] = output.shape as [number, number, number, number];
  const [top, left] = node.attrs.pads as [number, number];
  const [tile, side, taps] = [result.length, patch.length, filter[0]!.length];
  const area = side * side;

  const pixel = (n: number, c: number, y: number, x: number) =>
    y >= 0 && x >= 0 && y < height && x < width
      ? Math.abs(image!.data[((n * channels + c) * height + y) * width + x]!)
      : Math.abs(padValue?.data[c] ?? 0);

  // [output, frequency, channel], so that the sums below run over neighbours.
  const filters = new Float64Array(outputs * area * channels);
  const taken = new Float64Array(taps * taps);
  const turned = new Float64Array(area);
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      const from = (o * channels + c) * taps * taps;
      for (let i = 0; i < taken.length; i++) taken[i] = Math.abs(weights!.data[from + i]!);
      both(filter, taken, turned);
      for (let f = 0; f < area; f++) filters[(o * area + f) * channels + c] = turned[f]!;
    }
  }

  const all = new Float64Array(elementCount(output.shape));
  const patches = new Float64Array(area * channels);
  const read = new Float64Array(area);
  const products = new Float64Array(area);
  const results = new Float64Array(tile * tile);
  const addTile = (n: number, row: number, column: number) => {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < area; i++) {
        read[i] = pixel(n, c, row - top + Math.floor(i / side), column - left + (i % side));
      }
      both(patch, read, turned);
      for (let f = 0; f < area; f++) patches[f * channels + c] = turned[f]!;
    }
    for (let o = 0; o < outputs; o++) {
      for (let f = 0; f < area; f++) {
        let sum = 0;
        const from = (o * area + f) * channels;
        for (let c = 0; c < channels; c++) sum += filters[from + c]! * patches[f * channels + c]!;
        products[f] = sum;
      }
      both(result, products, results);
      for (let i = 0; i < Math.min(tile, outHeight - row); i++) {
        const to = ((n * outputs + o) * outHeight + row + i) * outWidth + column;
        for (let j = 0; j < Math.min(tile, outWidth - column); j++)
          all[to + j] = results[i * tile + j]!;
      }
    }
  };
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < outHeight; row += tile) {
      for (let column = 0; column < outWidth; column += tile) addTile(n, row, column);
    }
  }
  return all;
}
