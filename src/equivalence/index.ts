export type * from './equivalence.ts';
