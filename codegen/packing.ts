/** How kernels rearrange weights: each packing by name, so that a plan stays plain data. */
import type { StaticShape } from '../ir/index.ts';
import { transform2x2, transform4x4, transformFilter, type Transform } from './winograd.ts';

export interface Packing {
  readonly doc: string;
  /** Elements after packing. */
  readonly size: (shape: StaticShape) => number;
  readonly pack: (data: Float32Array, shape: StaticShape) => Float32Array;
}

const elements = (shape: StaticShape) => shape.reduce((a, b) => a * b, 1);

/** Outputs that a load gets. */
export const QUAD = 4;

const filled = (outputs: number) => Math.ceil(outputs / QUAD) * QUAD;

/**
 * Weights [M, C, taps...] (or [M, K], or [M]) as [M / 4, C taps, 4]: four outputs side by side, so that one
 * load gets them all. The last four are filled up with zeros.
 */
const quads: Packing = {
  doc: '[M / 4, rest, 4], zero-filled',
  size: (shape) => filled(shape[0]!) * elements(shape.slice(1)),
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

/**
 * Weights of transposed convolutions [C, M, taps...], M being the outputs of a group, as [C, M / 4, taps, 4]:
 * four outputs side by side. The last four are filled up with zeros.
 */
const transposedQuads: Packing = {
  doc: '[C, M / 4, taps, 4], zero-filled',
  size: ([channels, ...rest]) => channels! * quads.size(rest),
  pack(data, [channels, ...rest]) {
    const packed = new Float32Array(channels! * quads.size(rest));
    const length = elements(rest);
    for (let c = 0; c < channels!; c++) {
      const own = data.subarray(c * length, (c + 1) * length);
      packed.set(quads.pack(own, rest), c * quads.size(rest));
    }
    return packed;
  },
};

/**
 * Weights [M, C, 3, 3] transformed for one of Winograd's algorithms, as [frequencies, C, M]: all outputs side by
 * side, the last four filled up with zeros.
 */
function winogradPacking({ filter, frequencies }: Transform): Packing {
  const size = (shape: StaticShape) => frequencies * shape[1]! * filled(shape[0]!);
  const matrix = filter.flat();
  return {
    doc: `[${frequencies}, C, M], transformed, M zero-filled to a multiple of 4`,
    size,
    pack(data, shape) {
      const [outputs, channels] = shape as [number, number];
      const packed = new Float32Array(size(shape));
      const step = channels * filled(outputs);
      // Outputs innermost, since they are side by side in what is written.
      for (let c = 0; c < channels; c++) {
        for (let m = 0; m < outputs; m++) {
          const from = (m * channels + c) * 9;
          transformFilter(matrix, data, from, packed, c * filled(outputs) + m, step);
        }
      }
      return packed;
    },
  };
}

/** Named, so that the types we publish do not spell out `Float32Array<…>`, which TypeScript 5.6 lacks. */
const plain: Packing = { doc: 'row-major, as in the graph', size: elements, pack: (data) => data };

export const packings = {
  plain,
  quads,
  transposedQuads,
  winograd: winogradPacking(transform4x4),
  winograd2: winogradPacking(transform2x2),
} as const satisfies Record<string, Packing>;

export type PackingName = keyof typeof packings;
