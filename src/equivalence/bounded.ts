/** Values with bounds of their errors. */
import { elementCount, mostTaps, opDef } from '../../ir/index.ts';
import type { Array64, Node, OpName, StaticShape } from '../../ir/index.ts';

/** What was computed, and how far from it the exact value can be, element by element. */
export interface Bounded extends Array64 {
  readonly error: Float64Array;
}

/** Half the distance between neighbouring numbers at 1, and the smallest normal number. */
export const UNIT = { f32: 2 ** -24, f64: 2 ** -53 } as const;
export const TINY = { f32: 2 ** -126, f64: 2 ** -1022 } as const;

/**
 * The relative error of a sum of n products in float64: gamma_n = n u / (1 - n u) (Higham, Accuracy and
 * Stability of Numerical Algorithms, 2nd edition, lemma 3.1), with room for a few operations more.
 */
export const gamma = (n: number): number => ((n + 8) * UNIT.f64) / (1 - (n + 8) * UNIT.f64);

/** The op on other data: what it does to magnitudes and errors. No activation is applied. */
export function apply(
  op: OpName,
  operands: readonly (Array64 | null)[],
  attrs: object,
  shape: StaticShape,
): Float64Array {
  const plain = 'act' in attrs ? { ...attrs, act: 'none', actParams: [] } : attrs;
  return opDef(op).evaluate(operands, plain, shape);
}

export const magnitudeOf = ({ shape, data }: Array64): Array64 => ({
  shape,
  data: data.map(Math.abs),
});

export const errorOf = ({ shape, error }: Bounded): Array64 => ({ shape, data: error });

/** factor |x| + error. */
export const grown = ({ shape, data, error }: Bounded, factor: number): Array64 => ({
  shape,
  data: data.map((value, i) => factor * Math.abs(value) + error[i]!),
});

/** How many products are summed for one element of the output. */
export function termsOf(
  { op, inputs, attrs }: Node,
  shapes: readonly (StaticShape | null)[],
): number {
  if (op === 'conv2d' || op === 'linear') return elementCount(shapes[1]!.slice(1));
  if (op === 'convTranspose2d') {
    const [channels, , ...kernel] = shapes[1]!;
    return (channels! / attrs.group) * mostTaps(kernel, attrs);
  }
  if (op === 'globalAveragePool') return elementCount(shapes[0]!.slice(2));
  if (op === 'averagePool') return elementCount(attrs.kernel_shape);
  return inputs.length;
}
