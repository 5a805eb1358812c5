/** All ops. The type of a node follows from this table, and a table keyed by op that misses one does not compile. */
import { activationOp } from './ops/activation-op.ts';
import type { OpDef } from './define-op.ts';
import { ReparamError } from './errors.ts';
import { add } from './ops/add.ts';
import { averagePool } from './ops/average-pool.ts';
import { batchNorm } from './ops/batch-norm.ts';
import { concat } from './ops/concat.ts';
import { conv2d } from './ops/conv2d.ts';
import { convTranspose2d } from './ops/conv-transpose2d.ts';
import { flatten } from './ops/flatten.ts';
import { globalAveragePool } from './ops/global-average-pool.ts';
import { identity } from './ops/identity.ts';
import { linear } from './ops/linear.ts';
import { maxPool } from './ops/max-pool.ts';
import { mul } from './ops/mul.ts';
import { reshape } from './ops/reshape.ts';
import { softmax } from './ops/softmax.ts';
import { sum } from './ops/sum.ts';

export const ops = {
  add,
  averagePool,
  batchNorm,
  clip: activationOp('clip'),
  concat,
  conv2d,
  convTranspose2d,
  flatten,
  gelu: activationOp('gelu'),
  globalAveragePool,
  hardSigmoid: activationOp('hardSigmoid'),
  hardSwish: activationOp('hardSwish'),
  identity,
  leakyRelu: activationOp('leakyRelu'),
  linear,
  maxPool,
  mul,
  relu: activationOp('relu'),
  reshape,
  sigmoid: activationOp('sigmoid'),
  silu: activationOp('silu'),
  softmax,
  sum,
} as const;

export type OpName = keyof typeof ops;
export type AttrsOf<K extends OpName> = (typeof ops)[K]['attrs'];
export const opNames = Object.keys(ops) as OpName[];
export const isOpName = (name: string): name is OpName => Object.hasOwn(ops, name);

/** The definition of an op that is only known at run time; `inferType` checks its attributes. */
export function opDef(op: OpName): OpDef<object> {
  if (!isOpName(op)) throw new ReparamError('invalid-graph', `there is no op ${String(op)}`);
  return ops[op] as unknown as OpDef<object>;
}
