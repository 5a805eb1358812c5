/** The operators that are evaluated while a file is read, where all their operands are known. */
import type { EvaluateAll } from './context.ts';
import { products } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { layout } from './layout.ts';
import { makers } from './make.ts';
import { parts } from './parts.ts';
import { reducers } from './reduce.ts';

const evaluators = new Map<string, EvaluateAll>(
  Object.entries({ ...elementwise, ...layout, ...makers, ...parts, ...products, ...reducers }),
);

export const evaluatorOf = (op: string): EvaluateAll | undefined => evaluators.get(op);
export { budget, type EvaluationContext } from './context.ts';
export { stridesOf } from './layout.ts';
export { slicesOf } from './slice.ts';
export { squeezed, unsqueezed } from './squeeze.ts';
