/** What the check of a result says, in words. */
import { ReparamError } from '../../ir/index.ts';
import type { Equivalence } from '../equivalence/index.ts';

/** Where, and how far apart the two are: in the comparison that comes closest to its limit, or is beyond it. */
function printWorst({ maxAbsError, tolerance, outputScale, worst }: Equivalence): string {
  const at = worst ? `, at "${worst.value}"` : '';
  return `off by ${maxAbsError.toExponential(1)} where rounding may make ${tolerance.toExponential(1)}, in values up to ${outputScale.toPrecision(3)}${at}`;
}

/** For a result that passed. */
export function printCheck(equivalence: Equivalence): string[] {
  if (!equivalence.worst) return ['nothing was changed: there was nothing to merge'];
  return [
    `computes the same (${equivalence.method})`,
    `  closest to its limit: ${printWorst(equivalence)}`,
  ];
}

/** What is wrong where the rewritten graph does not compute the same; null where it does. */
export function checkProblem(equivalence: Equivalence, path: string): ReparamError | null {
  const { ok, maxAbsError, method, worst } = equivalence;
  if (ok) return null;
  const refuse = (reason: string) => new ReparamError('file', `${path}: ${reason}`, path);
  if (!Number.isFinite(maxAbsError)) {
    const at = worst ? `at "${worst.value}" ` : '';
    return refuse(
      `the result could not be checked (${method}): ${at}one of the two is NaN or infinite where the other is not; nothing was written. Look for weights that are NaN, infinite or very large`,
    );
  }
  return refuse(
    `the result would not compute the same (${method}): ${printWorst(equivalence)}; nothing was written. Please report this model`,
  );
}
