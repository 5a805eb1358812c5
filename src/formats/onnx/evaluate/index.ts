/** The operators that are evaluated while a file is read, where all their operands are known. */
import type { Evaluate } from './context.ts';
import { elementwise } from './elementwise.ts';
import { layout } from './layout.ts';
import { makers } from './make.ts';

const evaluators = new Map<string, Evaluate>(
  Object.entries({ ...elementwise, ...layout, ...makers }),
);

export const evaluatorOf = (op: string): Evaluate | undefined => evaluators.get(op);
export { budget, type EvaluationContext } from './context.ts';
export { stridesOf } from './layout.ts';
export { slicesOf } from './slice.ts';
export { squeezed, unsqueezed } from './squeeze.ts';
