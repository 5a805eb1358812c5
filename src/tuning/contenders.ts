/** Which candidates of a job are worth measuring, by the kernels' own estimates. */
import { candidateName } from '../../codegen/index.ts';
import type { Candidate, DeviceProfile, Kernel, OfferedJob } from '../../codegen/index.ts';
import { choose, suits } from '../../codegen/choose.ts';
import type { TuneMode } from './tuning.ts';

export interface Contender {
  readonly kernel: Kernel;
  readonly candidate: Candidate;
  /** As `conv-tiled m8y4x7`. */
  readonly name: string;
}

const QUICK = { candidates: 4, perKernel: 2 };
/** Estimates are rough, and for another machine than this one, so those of so much more may still be best. */
const FULL_FACTOR = 8;

/**
 * What is chosen without measuring, then others, the cheapest by estimate first. Empty where there is no choice.
 */
export function contendersOf(
  { job, kernels }: OfferedJob,
  profile: DeviceProfile,
  mode: TuneMode,
): Contender[] {
  const all = kernels
    // Estimates of kernels for another class of devices would be of that class.
    .filter((kernel) => suits(kernel, profile))
    .filter((kernel) => kernel.refuses(job, profile) === null)
    .flatMap((kernel) => kernel.candidates(job, profile).map((one) => contender(kernel, one)))
    .toSorted((a, b) => a.candidate.cost - b.candidate.cost);
  if (all.length < 2) return [];
  const untuned = choose(kernels, job, profile);
  const first = candidateName(untuned.kernel, untuned.candidate);
  const quick = cheapest(all);
  const most = FULL_FACTOR * all[0]!.candidate.cost;
  const chosen =
    mode === 'quick'
      ? quick
      : all.filter((one) => one.candidate.cost <= most || quick.includes(one));
  return [
    ...all.filter(({ name }) => name === first),
    ...chosen.filter(({ name }) => name !== first),
  ];
}

/** Of several kernels, since an estimate that is wrong is wrong for all candidates of a kernel. */
function cheapest(sorted: readonly Contender[]): Contender[] {
  const counts = new Map<string, number>();
  const isOneOfFew = ({ kernel: { name } }: Contender) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count <= QUICK.perKernel;
  };
  return sorted.filter(isOneOfFew).slice(0, QUICK.candidates);
}

const contender = (kernel: Kernel, candidate: Candidate): Contender => ({
  kernel,
  candidate,
  name: candidateName(kernel.name, candidate),
});
