/**
 * In which layout each value passes from job to job, and which candidates are taken for that: over the whole graph,
 * such that the estimated time is least, conversions included.
 */
import type { ValueId } from '../ir/index.ts';
import type { Choice } from './choose.ts';
import type { Job, Layout, Operand } from './kernel.ts';

/** A job and what may be taken for it: its offers, or the candidate alone where there are none. */
export interface Open extends Pick<Choice, 'kernel' | 'candidate' | 'offers'> {
  readonly job: Job;
}

type Offer = Pick<Choice, 'kernel' | 'candidate'>;

/** Of a value stored as its shape says. */
const PLAIN = '';
const plain: Layout = { layout: PLAIN, saves: 0 };

/** The cheapest way to do a job and those before it in its chain, its output being left in a certain layout. */
interface Way {
  readonly offer: Offer;
  readonly taken: string;
  readonly left: string;
  /** Estimated nanoseconds since the beginning of the chain. */
  readonly total: number;
}

/** Ways by the layout of the output; a plain one is always among them. */
type Ways = ReadonlyMap<string, Way>;

/**
 * The candidates to take, and the values that are never stored as themselves, since the job before leaves what the
 * job after takes. Only a value that one job writes and one job reads, as its first input and nowhere else, may be
 * such; outputs of the graph are not. So a job has at most one such value before it and one after it, jobs form
 * chains, and following the cheapest ways along them is exact. Of equal sums the first offered is taken, and plain
 * before other layouts.
 */
export function chooseLayouts<T extends Open>(
  jobs: readonly T[],
  outputs: ReadonlySet<ValueId>,
): { chosen: T[]; joined: ReadonlySet<ValueId> } {
  const passed = findPassed(jobs, outputs);
  const ways = new Map<ValueId, Ways>();
  const all = jobs.map((one): Ways => {
    const { inputs, output } = one.job;
    const before = inputs[0] && passed.has(inputs[0].id) ? ways.get(inputs[0].id) : undefined;
    const found = findWays(one, before, passed.has(output.id));
    ways.set(output.id, found);
    return found;
  });
  // What the job after a value takes, from the end of each chain on.
  const wanted = new Map<ValueId, string>();
  const picked = jobs.map((): Way | undefined => undefined);
  for (let i = jobs.length - 1; i >= 0; i--) {
    const { inputs, output } = jobs[i]!.job;
    const way = all[i]!.get(wanted.get(output.id) ?? PLAIN)!;
    if (way.taken !== PLAIN) wanted.set(inputs[0]!.id, way.taken);
    picked[i] = way;
  }
  const chosen = jobs.map((one, i) => ({ ...one, ...picked[i]!.offer }));
  return { chosen, joined: new Set(wanted.keys()) };
}

/** `before`: the ways to make the first input, where that may come in another layout. */
function findWays(
  { kernel, candidate, offers }: Open,
  before: Ways | undefined,
  mayLeave: boolean,
): Ways {
  const ways = new Map<string, Way>();
  const consider = (offer: Offer, taken: Layout, left: Layout) => {
    const start = before?.get(taken.layout)!.total ?? 0;
    const total = start + offer.candidate.cost - taken.saves - left.saves;
    const known = ways.get(left.layout);
    if (known && !(total < known.total)) return;
    ways.set(left.layout, { offer, taken: taken.layout, left: left.layout, total });
  };
  for (const offer of offers.length > 0 ? offers : [{ kernel, candidate }]) {
    const { takes, leaves } = offer.candidate;
    const mayTake = takes && before?.has(takes.layout);
    consider(offer, plain, plain);
    if (mayTake) consider(offer, takes, plain);
    if (leaves && mayLeave) consider(offer, plain, leaves);
    if (mayTake && leaves && mayLeave) consider(offer, takes, leaves);
  }
  return ways;
}

/** Values that one job writes and one operand reads. */
function findPassed(jobs: readonly Open[], outputs: ReadonlySet<ValueId>): Set<ValueId> {
  const reads = new Map<ValueId, number>();
  const writes = new Map<ValueId, number>();
  const count = (map: Map<ValueId, number>, operand: Operand | null) => {
    if (operand) map.set(operand.id, (map.get(operand.id) ?? 0) + 1);
  };
  for (const { job } of jobs) {
    for (const operand of [...job.inputs, job.residual]) count(reads, operand);
    count(writes, job.output);
  }
  const once = [...writes].filter(([id, n]) => n === 1 && reads.get(id) === 1);
  return new Set(once.map(([id]) => id).filter((id) => !outputs.has(id)));
}
