import { applyFused, checkFused, noActivation, type Fused } from '../activation.ts';
import { defineOp, expectShape, noMacs, variadic } from '../define-op.ts';

export const sum = defineOp<Fused>({
  doc: 'The sum of one or more operands of the same shape, then the activation. No broadcasting.',
  operands: [variadic('x')],
  attrs: noActivation,
  infer(inputs, attrs) {
    checkFused(attrs);
    const first = inputs[0]!;
    inputs.forEach((x, i) => expectShape(x, first.shape, `x[${i}]`));
    return { dtype: first.dtype, shape: first.shape };
  },
  macs: noMacs,
  evaluate(inputs, attrs) {
    const y = Float64Array.from(inputs[0]!.data);
    for (const x of inputs.slice(1)) for (let i = 0; i < y.length; i++) y[i]! += x!.data[i]!;
    applyFused(y, attrs);
    return y;
  },
});
