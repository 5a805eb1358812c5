import { applyFused, checkFused, noActivation, type Fused } from '../activation.ts';
import { defineOp, expectRank, expectShape, optional, required } from '../define-op.ts';
import { printShape } from '../dim.ts';
import { shapeError } from '../errors.ts';

export const linear = defineOp<Fused>({
  doc: 'x [..., K] times the transpose of w [M, K], plus b [M]: [..., M], then the activation.',
  operands: [required('x'), required('w'), optional('b')],
  attrs: noActivation,
  infer([x, w, b], attrs) {
    checkFused(attrs);
    expectRank(w!, 2, 'w');
    if (x!.shape.length < 2) {
      throw shapeError(`x ${printShape(x!.shape)} must have 2 dimensions or more`);
    }
    const [outputs, inputs] = w!.shape;
    if (x!.shape.at(-1) !== inputs) {
      throw shapeError(
        `x ${printShape(x!.shape)} must end in ${inputs}, the columns of w ${printShape(w!.shape)}`,
      );
    }
    expectShape(b, [outputs!], 'b');
    return { dtype: x!.dtype, shape: [...x!.shape.slice(0, -1), outputs!] };
  },
  macs: ([, w], out) => out.reduce((a, b) => a * b, 1) * w![1]!,
  evaluate([x, w, b], attrs, output) {
    const [outputs, inputs] = [w!.shape[0]!, w!.shape[1]!];
    const y = new Float64Array(output.reduce((m, d) => m * d, 1));
    for (let i = 0; i < y.length; i++) {
      const [row, m] = [Math.floor(i / outputs), i % outputs];
      let total = b ? b.data[m]! : 0;
      for (let k = 0; k < inputs; k++)
        total += x!.data[row * inputs + k]! * w!.data[m * inputs + k]!;
      y[i] = total;
    }
    applyFused(y, attrs);
    return y;
  },
});
