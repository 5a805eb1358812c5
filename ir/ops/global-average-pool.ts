import { defineOp, expectRank, noMacs, required } from '../define-op.ts';

export const globalAveragePool = defineOp<Record<never, never>>({
  doc: 'The mean over height and width: [N, C, H, W] to [N, C, 1, 1].',
  operands: [required('x')],
  attrs: {},
  infer([x]) {
    expectRank(x!, 4, 'x');
    return { dtype: x!.dtype, shape: [x!.shape[0]!, x!.shape[1]!, 1, 1] };
  },
  macs: noMacs,
  evaluate([x], _, output) {
    const inner = x!.shape[2]! * x!.shape[3]!;
    return Float64Array.from({ length: output[0]! * output[1]! }, (_unused, i) => {
      let total = 0;
      for (let k = 0; k < inner; k++) total += x!.data[i * inner + k]!;
      return total / inner;
    });
  },
});
