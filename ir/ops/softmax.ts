import { defineOp, noMacs, required } from '../define-op.ts';
import { printShape } from '../dim.ts';
import { shapeError } from '../errors.ts';

/** The axis counted from the front; an error where there is none such. */
export function resolveAxis(axis: number, rank: number, what: string): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && resolved >= 0 && resolved < rank) return resolved;
  throw shapeError(`axis=${axis} is outside of ${what}, which has ${rank} dimensions`);
}

export const softmax = defineOp<{ axis: number }>({
  doc: 'exp(x) / sum of exp(x) along the axis, computed from x - max(x).',
  operands: [required('x')],
  attrs: { axis: -1 },
  infer([x], { axis }) {
    resolveAxis(axis, x!.shape.length, `x ${printShape(x!.shape)}`);
    return { dtype: x!.dtype, shape: x!.shape };
  },
  macs: noMacs,
  evaluate([x], { axis }) {
    const resolved = resolveAxis(axis, x!.shape.length, 'x');
    const size = x!.shape[resolved]!;
    const inner = x!.shape.slice(resolved + 1).reduce((a, b) => a * b, 1);
    const y = new Float64Array(x!.data.length);
    for (let i = 0; i < y.length / size; i++) {
      const start = Math.floor(i / inner) * inner * size + (i % inner);
      let max = -Infinity;
      for (let k = 0; k < size; k++) max = Math.max(max, x!.data[start + k * inner]!);
      let total = 0;
      for (let k = 0; k < size; k++) {
        total += y[start + k * inner] = Math.exp(x!.data[start + k * inner]! - max);
      }
      for (let k = 0; k < size; k++) y[start + k * inner]! /= total;
    }
    return y;
  },
});
