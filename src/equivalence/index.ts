export { checkEquivalence } from './check.ts';
export type * from './equivalence.ts';
export { regionsOf } from './regions.ts';
