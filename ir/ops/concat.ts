import { defineOp, noMacs, variadic } from '../define-op.ts';
import { addDims, printShape } from '../dim.ts';
import { shapeError } from '../errors.ts';
import { resolveAxis } from './softmax.ts';

export const concat = defineOp<{ axis: number }>({
  doc: 'The operands one after another along the axis; their other sizes are equal.',
  operands: [variadic('x')],
  attrs: { axis: 1 },
  infer(inputs, { axis }) {
    const first = inputs[0]!.shape;
    const along = resolveAxis(axis, first.length, `x[0] ${printShape(first)}`);
    let shape = first;
    inputs.slice(1).forEach((x, i) => {
      const fits = x!.shape.length === first.length;
      if (!fits || x!.shape.some((d, k) => k !== along && d !== first[k])) {
        throw shapeError(
          `x[${i + 1}] ${printShape(x!.shape)} differs from x[0] ${printShape(first)} off axis ${along}`,
        );
      }
      shape = shape.map((d, k) => (k === along ? addDims(d, x!.shape[k]!) : d));
    });
    return { dtype: inputs[0]!.dtype, shape };
  },
  macs: noMacs,
  evaluate(inputs, { axis }, output) {
    const along = resolveAxis(axis, output.length, 'the output');
    const inner = output.slice(along + 1).reduce((a, b) => a * b, 1);
    const outer = output.slice(0, along).reduce((a, b) => a * b, 1);
    const y = new Float64Array(outer * output[along]! * inner);
    let offset = 0;
    for (const x of inputs) {
      const length = x!.shape[along]! * inner;
      for (let i = 0; i < outer; i++) {
        y.set(x!.data.subarray(i * length, (i + 1) * length), i * output[along]! * inner + offset);
      }
      offset += length;
    }
    return y;
  },
});
