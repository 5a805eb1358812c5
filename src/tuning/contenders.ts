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

/** Estimates are for another machine than this one, so more than the best by estimate must be tried. */
const limits = {
  quick: { candidates: 4, perKernel: 2, factor: 4 },
  full: { candidates: Infinity, perKernel: Infinity, factor: 8 },
} as const;

/**
 * What is chosen without measuring, then others, the cheapest by estimate first. Empty where there is no choice.
 */
export function contendersOf(
  { job, kernels }: OfferedJob,
  profile: DeviceProfile,
  mode: TuneMode,
): Contender[] {
  const all = kernels
    .filter((kernel) => mode === 'full' || suits(kernel, profile))
    .filter((kernel) => kernel.refuses(job, profile) === null)
    .flatMap((kernel) => kernel.candidates(job, profile).map((one) => contender(kernel, one)))
    .toSorted((a, b) => a.candidate.cost - b.candidate.cost);
  if (all.length < 2) return [];
  const untuned = choose(kernels, job, profile);
  const first = candidateName(untuned.kernel, untuned.candidate);
  const { candidates, perKernel, factor } = limits[mode];
  const most = factor * Math.min(...all.map(({ candidate }) => candidate.cost));
  const counts = new Map<string, number>();
  const isWorth = ({ kernel, candidate }: Contender) => {
    const count = (counts.get(kernel.name) ?? 0) + 1;
    counts.set(kernel.name, count);
    return count <= perKernel && candidate.cost <= most;
  };
  const chosen = all.filter(isWorth).slice(0, candidates);
  return [
    ...all.filter(({ name }) => name === first),
    ...chosen.filter(({ name }) => name !== first),
  ];
}

const contender = (kernel: Kernel, candidate: Candidate): Contender => ({
  kernel,
  candidate,
  name: candidateName(kernel.name, candidate),
});
