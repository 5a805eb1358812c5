import { poolDefaults, poolOp, type PoolAttrs } from './pool.ts';

export interface AveragePoolAttrs extends PoolAttrs {
  /** Whether padding counts in the divisor. PyTorch's default is true, ONNX's false. */
  count_include_pad: boolean;
}

export const averagePool = poolOp<AveragePoolAttrs>(
  'The mean of each window of x [N, C, H, W].',
  { ...poolDefaults, count_include_pad: false },
  (inside, size, { count_include_pad }) =>
    inside.reduce((a, b) => a + b, 0) / (count_include_pad ? size : inside.length),
);
