import { defineOp, noMacs, required } from '../define-op.ts';
import { multiplyDims, printShape } from '../dim.ts';
import { shapeError } from '../errors.ts';

export const flatten = defineOp<{ axis: number }>({
  doc: 'A matrix: the axes before `axis` multiplied into the rows, the others into the columns.',
  operands: [required('x')],
  attrs: { axis: 1 },
  infer([x], { axis }) {
    const rank = x!.shape.length;
    const split = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || split < 0 || split > rank) {
      throw shapeError(`axis=${axis} does not split x ${printShape(x!.shape)}`);
    }
    const rows = multiplyDims(x!.shape.slice(0, split));
    return { dtype: x!.dtype, shape: [rows, multiplyDims(x!.shape.slice(split))] };
  },
  macs: noMacs,
  evaluate: ([x]) => Float64Array.from(x!.data),
});
