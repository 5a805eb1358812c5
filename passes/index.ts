/** The pipeline, in the order in which it runs, and what one needs to write another. */
import { commonSubexpressions } from './common-subexpressions.ts';
import { dropDeadCode } from './dead-code.ts';
import { fixpoint } from './fixpoint.ts';
import { foldConstants } from './fold-constants.ts';
import { materialiseWeights } from './materialise-weights.ts';
import { pass, untilStable, type Pass } from './pass.ts';
import { addToSum } from './rules/add-to-sum.ts';
import { dropIdentity } from './rules/drop-identity.ts';
import { dropSingleSum } from './rules/drop-single-sum.ts';
import { flattenSums } from './rules/flatten-sums.ts';
import { foldBn } from './rules/fold-bn.ts';
import { foldScale } from './rules/fold-scale.ts';
import { foldShift } from './rules/fold-shift.ts';
import { fuseRelu } from './rules/fuse-relu.ts';
import { identityToConv } from './rules/identity-to-conv.ts';
import { pad1x1To3x3 } from './rules/pad-1x1-to-3x3.ts';
import { sumParallelConvs } from './rules/sum-parallel-convs.ts';

export const canonicalRules = [dropIdentity, dropSingleSum, addToSum, flattenSums] as const;

/**
 * Folding makes branches alike, merging them makes more to fold (a BatchNorm after the sum). Activations
 * are fused along with it: one is only fused into a value that nobody else reads, which no sum could have
 * merged; and what it then blocks is refused with that reason.
 */
export const mergingRules = [
  foldBn,
  foldScale,
  foldShift,
  // What can be absorbed is, before anything else grows to be absorbed.
  sumParallelConvs,
  pad1x1To3x3,
  identityToConv,
  fuseRelu,
] as const;

export const rules = [...canonicalRules, ...mergingRules] as const;

export const canonicalise = fixpoint('canonicalise', canonicalRules);
export const mergeBranches = fixpoint('merge-branches', mergingRules);

/** Two nodes found to be the same may have been all that stood in the way of a rule. */
export const merge = untilStable('merge', [canonicalise, commonSubexpressions, mergeBranches]);

export const deadCode = pass('dead-code', dropDeadCode);

/** From the training form to the plain one. */
export const pipeline: readonly Pass[] = [
  deadCode,
  foldConstants,
  merge,
  deadCode,
  materialiseWeights,
];

export { fixpoint } from './fixpoint.ts';
export { printLog, type Event } from './log.ts';
export { pass, runPasses, untilStable, type Pass, type PassResult } from './pass.ts';
export * from './pattern.ts';
export { rule, type Build, type Condition, type Conditions, type NewNode } from './rule.ts';
export { refusal, type Refusal, type Replacement, type Rule } from './rule.ts';
export * from './weights.ts';
export { commonSubexpressions, foldConstants, materialiseWeights };
export { addToSum, dropIdentity, dropSingleSum, flattenSums, foldBn, foldScale, foldShift };
export { fuseRelu, identityToConv, pad1x1To3x3, sumParallelConvs };
