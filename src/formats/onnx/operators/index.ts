/** ONNX's operators, each with what it is in the IR. */
import type { ImportOp } from '../site.ts';
import { activations } from './activations.ts';
import { arithmetic } from './arithmetic.ts';
import { assignments } from './assign.ts';
import { borders } from './border.ts';
import { transposed } from './conv-transpose.ts';
import { linear } from './linear.ts';
import { means } from './means.ts';
import { shapes } from './shapes.ts';
import { windows } from './window.ts';

const operators = new Map<string, ImportOp>(
  Object.entries({
    ...activations,
    ...arithmetic,
    ...assignments,
    ...borders,
    ...linear,
    ...means,
    ...shapes,
    ...transposed,
    ...windows,
  }),
);

export const operatorOf = (op: string): ImportOp | undefined => operators.get(op);
