/** How exact the weights of both graphs are. */
import type { DType } from '../../ir/index.ts';
import { gamma, TINY, UNIT } from './bounded.ts';
import type { Precision } from './equivalence.ts';

/** What weights may be off by: `unit` of their magnitudes, or of `smallest` where they are smaller. */
export type Rounding = (dtype: DType) => Precision;

export interface Roundings {
  readonly source: Rounding;
  readonly rewritten: Rounding;
}

/** Who combines weights in several steps also rounds their parts, which may be larger than the whole. */
export const roundingsOf = (count: number, precision?: Precision): Roundings => ({
  source: (dtype) => ({ unit: (count - 1) * UNIT[dtype] + gamma(8), smallest: TINY[dtype] }),
  rewritten: (dtype) => ({
    unit: count * UNIT[dtype] + (precision?.unit ?? 0),
    smallest: precision?.smallest ?? TINY[dtype],
  }),
});
