/**
 * Which layers give up their fastest kernel for one that is compiled anyway. Drivers of software devices
 * compile a pipeline when it first runs, one after the other, for as long as it takes to run a network ten
 * times; so a pipeline that saves the layer less than it costs to compile is left out.
 */
import type { Choice } from './choose.ts';
import type { Candidate, Job, Kernel } from './kernel.ts';
import type { DeviceProfile } from './plan.ts';
import { aloneJob, candidateName, jobKey } from './tuned.ts';

/** Lavapipe, per character of WGSL: 55 to 69 µs in four convolutions of 8,000 to 17,000 characters. */
const COMPILE_NS = 60_000;

/** Runs over which compiling counts: a minute or two of a network's work. */
const RUNS = 2000;

/** What takes longer than this many times the fastest is not looked at, which saves emitting it. */
const FACTOR = 1.5;

/** A candidate by name, and the pipelines that it needs with the nanoseconds that each takes to compile. */
interface Option {
  readonly name: string;
  readonly cost: number;
  readonly pipelines: ReadonlyMap<string, number>;
}

/** Equal jobs, which all have the same kernel. */
interface Group {
  count: number;
  current: Option;
  readonly options: readonly Option[];
}

/** What was chosen for a job, of these kernels. */
interface Chosen extends Choice {
  readonly job: Job;
  readonly kernels: readonly Kernel[];
}

/**
 * The choices, some of them replaced by others that were offered, where that takes less time over many runs,
 * compiling included; nothing else is offered from then on. Those that were measured or forced stay.
 */
export function sharePipelines<T extends Chosen>(
  choices: readonly T[],
  device: DeviceProfile,
): T[] {
  if (!device.software) return [...choices];
  const groups = new Map<string, Group>();
  for (const choice of choices) {
    const key = jobKey(choice.job);
    const known = groups.get(key);
    if (known) known.count++;
    else groups.set(key, makeGroup(choice, device));
  }
  for (let better; (better = findMoves([...groups.values()]));) {
    for (const [group, option] of better) group.current = option;
  }
  return choices.map((choice) => {
    const { name } = groups.get(jobKey(choice.job))!.current;
    return { ...choice, ...choice.offers.find((offer) => nameOf(offer) === name), offers: [] };
  });
}

const nameOf = ({ kernel, candidate }: { kernel: string; candidate: Candidate }): string =>
  candidateName(kernel, candidate);

function makeGroup(choice: Chosen, device: DeviceProfile): Group {
  const alone = aloneJob(choice.job);
  const makeOption = ({ kernel, candidate }: Choice['offers'][number]): Option => {
    const offered = choice.kernels.find(({ name }) => name === kernel)!.candidates(alone, device);
    const { steps } = offered.find(({ label }) => label === candidate.label)!.emit();
    return {
      name: candidateName(kernel, candidate),
      cost: candidate.cost,
      pipelines: new Map(
        steps.map(({ pipeline: { key, wgsl } }) => [key, COMPILE_NS * wgsl.length]),
      ),
    };
  };
  const current = makeOption(choice);
  const others = choice.offers
    .filter(({ candidate }) => candidate !== choice.candidate)
    .filter(({ candidate }) => candidate.cost <= FACTOR * choice.candidate.cost)
    .map(makeOption);
  return { count: 1, current, options: [current, ...others] };
}

type Moves = ReadonlyMap<Group, Option>;

/** What saves most by doing without one pipeline, or null where nothing saves. */
function findMoves(groups: readonly Group[]): Moves | null {
  const used = new Map(groups.flatMap(({ current }) => [...current.pipelines]));
  let best: { moves: Moves; saved: number } | null = null;
  for (const without of used.keys()) {
    const moves = new Map<Group, Option>();
    for (const group of groups) {
      if (!group.current.pipelines.has(without)) continue;
      const option = cheapest(
        group.options.filter(({ pipelines }) =>
          [...pipelines.keys()].every((key) => key !== without && used.has(key)),
        ),
      );
      if (option) moves.set(group, option);
    }
    const needed = new Set(
      groups.flatMap((group) => [...(moves.get(group) ?? group.current).pipelines.keys()]),
    );
    if (needed.has(without)) continue;
    const compiling = [...used].reduce((sum, [key, ns]) => (needed.has(key) ? sum : sum + ns), 0);
    const slower = [...moves].reduce(
      (sum, [{ count, current }, option]) => sum + count * (option.cost - current.cost),
      0,
    );
    const saved = compiling / RUNS - slower;
    if (saved > (best?.saved ?? 0)) best = { moves, saved };
  }
  return best?.moves ?? null;
}

const cheapest = (options: readonly Option[]): Option | undefined =>
  options.toSorted((a, b) => a.cost - b.cost)[0];
