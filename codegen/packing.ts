/** How kernels rearrange weights: each packing by name, so that a plan stays plain data. */
import type { StaticShape } from '../ir/index.ts';

export interface Packing {
  readonly doc: string;
  /** Elements after packing. */
  readonly size: (shape: StaticShape) => number;
  readonly pack: (data: Float32Array, shape: StaticShape) => Float32Array;
}

const elements = (shape: StaticShape) => shape.reduce((a, b) => a * b, 1);

export const packings = {
  plain: { doc: 'row-major, as in the graph', size: elements, pack: (data) => data },
} as const satisfies Record<string, Packing>;

export type PackingName = keyof typeof packings;
