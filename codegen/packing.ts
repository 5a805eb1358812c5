/** How kernels rearrange weights: each packing by name, so that a plan stays plain data. */
import type { StaticShape } from '../ir/index.ts';

export interface Packing {
  readonly doc: string;
  /** Elements after packing. */
  readonly size: (shape: StaticShape) => number;
  readonly pack: (data: Float32Array, shape: StaticShape) => Float32Array;
}

const elements = (shape: StaticShape) => shape.reduce((a, b) => a * b, 1);

/**
 * Weights [M, C, taps...] (or [M, K], or [M]) as [M / tile, C taps, tile]: the outputs of a tile side by
 * side, so that one load gets several. The last tile is filled up with zeros.
 */
const interleave = (tile: number): Packing => ({
  doc: `[M / ${tile}, rest, ${tile}], zero-filled`,
  size: (shape) => Math.ceil(shape[0]! / tile) * tile * elements(shape.slice(1)),
  pack(data, shape) {
    const rest = elements(shape.slice(1));
    const packed = new Float32Array(Math.ceil(shape[0]! / tile) * tile * rest);
    for (let m = 0; m < shape[0]!; m++) {
      const start = Math.floor(m / tile) * tile * rest + (m % tile);
      for (let i = 0; i < rest; i++) packed[start + i * tile] = data[m * rest + i]!;
    }
    return packed;
  },
});

export const packings = {
  plain: { doc: 'row-major, as in the graph', size: elements, pack: (data) => data },
  tile4: interleave(4),
  tile8: interleave(8),
  tile16: interleave(16),
} as const satisfies Record<string, Packing>;

export type PackingName = keyof typeof packings;
