import { poolDefaults, poolOp, type PoolAttrs } from './pool.ts';

export const maxPool = poolOp<PoolAttrs>(
  'The greatest value of each window of x [N, C, H, W]; padding never wins.',
  poolDefaults,
  (inside) => inside.reduce((a, b) => Math.max(a, b), -Infinity),
);
