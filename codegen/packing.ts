/** How kernels rearrange weights: each packing by name, so that a plan stays plain data. */
import type { StaticShape } from '../ir/index.ts';

export interface Packing {
  readonly doc: string;
  /** Elements after packing. */
  readonly size: (shape: StaticShape) => number;
  readonly pack: (data: Float32Array, shape: StaticShape) => Float32Array;
}

const elements = (shape: StaticShape) => shape.reduce((a, b) => a * b, 1);

/** Outputs that a load gets. */
export const QUAD = 4;

/**
 * Weights [M, C, taps...] (or [M, K], or [M]) as [M / 4, C taps, 4]: four outputs side by side, so that one
 * load gets them all. The last four are filled up with zeros.
 */
const quads: Packing = {
  doc: '[M / 4, rest, 4], zero-filled',
  size: (shape) => Math.ceil(shape[0]! / QUAD) * QUAD * elements(shape.slice(1)),
  pack(data, shape) {
    const rest = elements(shape.slice(1));
    const packed = new Float32Array(quads.size(shape));
    for (let m = 0; m < shape[0]!; m++) {
      const start = Math.floor(m / QUAD) * QUAD * rest + (m % QUAD);
      for (let i = 0; i < rest; i++) packed[start + i * QUAD] = data[m * rest + i]!;
    }
    return packed;
  },
};

/** Named, so that the types we publish do not spell out `Float32Array<…>`, which TypeScript 5.6 lacks. */
const plain: Packing = { doc: 'row-major, as in the graph', size: elements, pack: (data) => data };

export const packings = {
  plain,
  quads,
} as const satisfies Record<string, Packing>;

export type PackingName = keyof typeof packings;
