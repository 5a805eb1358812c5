/** For every rule, what it does: text before, text after. */
import { addToSum } from './cases/add-to-sum.ts';
import { dropIdentity } from './cases/drop-identity.ts';
import { dropSingleSum } from './cases/drop-single-sum.ts';
import { flattenSums } from './cases/flatten-sums.ts';
import { foldBn } from './cases/fold-bn.ts';
import { foldScale } from './cases/fold-scale.ts';
import { foldShift } from './cases/fold-shift.ts';
import { fuseRelu } from './cases/fuse-relu.ts';
import { identityInContext } from './cases/identity-in-context.ts';
import { identityToConv } from './cases/identity-to-conv.ts';
import { pad1x1To3x3 } from './cases/pad-1x1-to-3x3.ts';
import { padStrides } from './cases/pad-strides.ts';
import { sumParallelConvs } from './cases/sum-parallel-convs.ts';
import { sumSpecialCases } from './cases/sum-special-cases.ts';
import type { Cases } from './cases/types.ts';

export const cases: Readonly<Record<string, Cases>> = {
  'add-to-sum': addToSum,
  'drop-identity': dropIdentity,
  'drop-single-sum': dropSingleSum,
  'flatten-sums': flattenSums,
  'fold-bn': foldBn,
  'fold-scale': foldScale,
  'fold-shift': foldShift,
  'fuse-relu': fuseRelu,
  'identity-to-conv': { ...identityToConv, ...identityInContext },
  'pad-1x1-to-3x3': { ...pad1x1To3x3, ...padStrides },
  'sum-parallel-convs': { ...sumParallelConvs, ...sumSpecialCases },
};
