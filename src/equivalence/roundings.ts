/** How exact the weights of both graphs are. */
import type { DType } from '../../ir/index.ts';
import { gamma, UNIT } from './bounded.ts';

/** What weights may be off by, relative to their magnitudes. */
export interface Roundings {
  readonly source: (dtype: DType) => number;
  readonly rewritten: (dtype: DType) => number;
}

/** Who combines weights in several steps also rounds their parts, which may be larger than the whole. */
export const roundingsOf = (count: number): Roundings => ({
  source: (dtype) => (count - 1) * UNIT[dtype] + gamma(8),
  rewritten: (dtype) => count * UNIT[dtype],
});
