/**
 * How a layer's weights are packed. The layer decides, not the kernel, so that sessions of other sizes,
 * which may choose another kernel, share the weights. A kernel with a packing of its own claims its layers.
 */
import { QUAD, type PackingName } from '../packing.ts';
import { elementCount } from '../../ir/index.ts';
import { elementBytes, type Job, type Operand } from '../kernel.ts';
import { weightType } from '../shader.ts';

export interface WeightPacking {
  readonly packing: PackingName;
  /** Element r of output m is at m / pack * rest * pack + r * pack + m % pack. */
  readonly pack: number;
}

/** `groups` of 1 for linear layers. Weights that are computed, or reshaped, stay as they are. */
export function weightPacking(weights: Operand, groups: number): WeightPacking {
  const isQuads = weights.packable && (groups === 1 || (weights.shape[0]! / groups) % QUAD === 0);
  return isQuads ? { packing: 'quads', pack: QUAD } : { packing: 'plain', pack: 1 };
}

/** The same of transposed convolutions [C, M, taps...]; element r of output m is at m / pack, r, m % pack. */
export function transposedPacking(weights: Operand, groups: number): WeightPacking {
  const isQuads = weights.packable && (groups === 1 || weights.shape[1]! % QUAD === 0);
  return isQuads ? { packing: 'transposedQuads', pack: QUAD } : { packing: 'plain', pack: 1 };
}

/** Bytes of a job's weights on the device, for kernels that load float16 too. */
export const weightBytes = (job: Job<'conv2d'> | Job<'convTranspose2d'> | Job<'linear'>): number =>
  elementBytes(weightType(job)) * elementCount(job.inputs[1]!.shape);
