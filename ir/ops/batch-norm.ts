import { defineOp, expectShape, noMacs, required } from '../define-op.ts';
import { printShape } from '../dim.ts';
import { shapeError } from '../errors.ts';

export const batchNorm = defineOp<{ epsilon: number }>({
  doc:
    'Batch normalisation with running statistics (evaluation mode; Ioffe and Szegedy 2015): ' +
    'scale (x - mean) / sqrt(variance + epsilon) + bias, per channel of x [N, C, ...].',
  operands: ['x', 'scale', 'bias', 'mean', 'variance'].map(required),
  attrs: { epsilon: 1e-5 },
  infer([x, ...statistics], { epsilon }) {
    if (x!.shape.length < 2) {
      throw shapeError(`x ${printShape(x!.shape)} must have a batch and a channel axis`);
    }
    if (!(epsilon >= 0 && epsilon < Infinity)) {
      throw shapeError(`epsilon=${epsilon} must be finite and not negative`);
    }
    statistics.forEach((s, i) => expectShape(s, [x!.shape[1]!], batchNorm.operands[i + 1]!.name));
    return { dtype: x!.dtype, shape: x!.shape };
  },
  macs: noMacs,
  evaluate([x, scale, bias, mean, variance], { epsilon }) {
    const channels = x!.shape[1]!;
    const inner = x!.shape.slice(2).reduce((a, b) => a * b, 1);
    return x!.data.map((value, i) => {
      const c = Math.floor(i / inner) % channels;
      const s = scale!.data[c]! / Math.sqrt(variance!.data[c]! + epsilon);
      return (value - mean!.data[c]!) * s + bias!.data[c]!;
    });
  },
});
