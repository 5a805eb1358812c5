/** All families of graphs that kernels are checked on. */
import { activatedConvs, convFamilies } from './conv-families.ts';
import type { Family } from './family.ts';
import { everyActivation, otherFamilies } from './other-families.ts';
import { separableFamilies } from './separable-families.ts';
import { transposedFamilies } from './transposed-families.ts';

export const families: readonly Family[] = [
  ...convFamilies,
  ...everyActivation.flatMap(activatedConvs),
  ...separableFamilies,
  ...transposedFamilies,
  ...otherFamilies,
];
