/** What a lane of conv-subgroup does with the rows of the image that it sees: loads and products. */
import type { Job } from '../kernel.ts';
import { range } from './tile.ts';
import { patchSize, windowOf, type ConvWindow, type Tile } from './window.ts';

/** Columns of a lane. */
export const WIDTH = 4;

/** Columns of a row of the patch that are loaded alone, and those where vectors of four begin. */
export interface RowLoads {
  readonly vectors: readonly number[];
  readonly singles: readonly number[];
}

/** Vectors where rows are aligned, for the columns that lie in one together with others. */
export function rowLoads(job: Job<'conv2d'>, tile: Tile): RowLoads {
  const columns = range(patchSize(windowOf(job), tile).columns);
  if (job.inputs[0]!.shape[3]! % WIDTH !== 0) return { vectors: [], singles: columns };
  const left = job.node.attrs.pads[1]!;
  const vectorOf = (column: number) => column - ((((column - left) % WIDTH) + WIDTH) % WIDTH);
  const isAlone = (column: number) =>
    columns.filter((other) => vectorOf(other) === vectorOf(column)).length === 1;
  return {
    vectors: [...new Set(columns.filter((column) => !isAlone(column)).map(vectorOf))],
    singles: columns.filter(isAlone),
  };
}

/** For each output channel its weights, then a line for each row: the taps of one row of the window. */
export function multiplyAdds(
  { kernel, strides, dilations }: ConvWindow,
  tile: Tile,
  lanes: number,
  { vectors, singles }: RowLoads,
): string {
  const taps = range(kernel[1]);
  const pixel = (row: number, column: number) => {
    const single = singles.indexOf(column);
    if (single >= 0) return `s[${row * singles.length + single}]`;
    const vector = vectors.findIndex((at) => at <= column && column < at + WIDTH);
    return `v[${row * vectors.length + vector}][${column - vectors[vector]!}]`;
  };
  const pixels = (row: number, tap: number) => {
    const columns = range(tile.x).map((x) => pixel(row, x * strides[1] + tap * dilations[1]));
    return `vec4f(${columns.join(', ')})`;
  };
  return range(tile.m)
    .flatMap((m) => {
      const weights = taps.map((tap) => {
        const at = Math.floor(m / 4) * taps.length + tap;
        const vector = `w[${Math.floor(at / lanes)}]`;
        return `let w${m}_${tap} = subgroupBroadcast(${vector}[${m % 4}], ${at % lanes}u);`;
      });
      const sums = range(tile.y).map((row) => {
        const terms = taps.map((tap) => `${pixels(row, tap)} * w${m}_${tap}`);
        return `a${m}_${row} += ${terms.join(' + ')};`;
      });
      return [...weights, ...sums];
    })
    .join('\n');
}
