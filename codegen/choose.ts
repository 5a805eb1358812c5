/** The one place where a kernel is chosen: the cheapest candidate by estimate. */
import { ReparamError } from '../ir/index.ts';
import type { Candidate, Job, Kernel } from './kernel.ts';
import type { DeviceProfile, Selection } from './plan.ts';
import { findTuned, type TunedChoices } from './tuned.ts';

/** A candidate together with the kernel it belongs to. */
export interface Choice {
  readonly kernel: string;
  readonly candidate: Candidate;
  readonly selection: Selection;
  /** What might be taken instead, itself among it; nothing where it was measured or forced. */
  readonly offers: readonly { readonly kernel: string; readonly candidate: Candidate }[];
}

/** Kernels are forced by name, `conv-direct`, or with a candidate's label, `conv-tiled m8y4x8`. */
const splitForced = (forced: string): [string, string | undefined] => {
  const [name, label] = forced.split(' ');
  return [name!, label];
};

/** Whether a kernel is made for this class of devices. */
export const suits = ({ madeFor }: Kernel, { software }: DeviceProfile): boolean =>
  madeFor === undefined || madeFor === (software ? 'software' : 'hardware');

export interface Preference {
  /** Restricts the choice where the job's op has a kernel of that name. */
  readonly kernel?: string | undefined;
  /** What was measured to be best; taken unless a kernel is forced. */
  readonly tuned?: TunedChoices | undefined;
}

/**
 * What was measured to be best for the job; else the cheapest of what the kernels offer for it, or of what
 * the kernel offers that claims it. Throws a `gpu` error that names the node where nothing is left, with
 * each kernel's reason.
 */
export function choose(
  kernels: readonly Kernel[],
  job: Job,
  device: DeviceProfile,
  { kernel: forced, tuned }: Preference = {},
): Choice {
  const [name, label] = forced === undefined ? [] : splitForced(forced);
  const named = kernels.filter((kernel) => kernel.name === name);
  const measured = tuned && named.length === 0 ? findTuned(kernels, job, device, tuned) : null;
  if (measured) {
    const { kernel, candidate, trials } = measured;
    const selection = { candidates: trials, by: 'measurement' } as const;
    return { kernel, candidate, selection, offers: [] };
  }
  const reasons: string[] = [];
  const offers: { kernel: string; candidate: Candidate }[] = [];
  const offered = named.length > 0 ? named : kernels.filter((kernel) => suits(kernel, device));
  const claiming = offered.filter((kernel) => kernel.claims && !kernel.refuses(job, device));
  for (const kernel of claiming.length > 0 ? claiming : offered) {
    const reason = kernel.refuses(job, device);
    if (reason !== null) {
      reasons.push(`${kernel.name}: ${reason}`);
      continue;
    }
    for (const candidate of kernel.candidates(job, device)) {
      const skipped = label !== undefined && named.length > 0 && candidate.label !== label;
      if (skipped) reasons.push(`${kernel.name}: offers ${candidate.label}, not ${label}`);
      else offers.push({ kernel: kernel.name, candidate });
    }
  }
  const [best] = offers.toSorted((a, b) => a.candidate.cost - b.candidate.cost);
  if (best) {
    const selection = { candidates: offers.length, by: 'estimate' } as const;
    return { ...best, selection, offers: named.length > 0 ? [] : offers };
  }
  const { op, id } = job.node;
  throw new ReparamError('gpu', `no kernel for ${op} "${id}": ${reasons.join('; ')}`, id);
}
