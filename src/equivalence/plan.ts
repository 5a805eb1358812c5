/** What is compared, and at which sizes. */
import { view, type ValueId } from '../../ir/index.ts';
import type { Cuts } from './cuts.ts';
import type { Region } from './equivalence.ts';
import { partOf } from './part.ts';
import { regionsBetween } from './regions.ts';
import type { Sample } from './samples.ts';
import { shrink, type Pair } from './shrink.ts';
import { macsOf, nominalPair, smallPair, workOf } from './sizes.ts';

/** Multiply-adds of both graphs together, up to which they are compared as a whole as well. */
const WHOLE = 5e9;
/** Up to which one comparison more does not matter. */
const CHEAP = 2e8;

/** A region, or null for the whole graph, at one size and on one kind of inputs. */
export interface Job {
  readonly region: Region | null;
  readonly pair: Pair;
  readonly sample: Sample;
  /** For the share of all. */
  readonly work: number;
}

export interface Plan {
  readonly jobs: readonly Job[];
  readonly method: string;
}

const jobsOf = (region: Region | null, pair: Pair, samples: readonly Sample[]): Job[] =>
  samples.map((sample) => ({ region, pair, sample, work: workOf(pair) }));

export function plan(pair: Pair, cuts: Cuts): Plan {
  const regions = regionsBetween(pair.source, pair.rewritten, cuts);
  const whole = smallPair(pair);
  const macs = macsOf(whole);
  const isCheap = macs < CHEAP;
  const jobs = jobsOf(null, whole, isCheap ? ['dense', 'sparse'] : ['dense']);
  if (!isCheap && isWhole(regions, pair)) {
    const size = macs < WHOLE ? '' : ` of ${(macs / 1e9).toFixed(0)} GMAC`;
    return { jobs, method: `whole graph${size}` };
  }
  const count = `${regions.length} rewritten region${regions.length === 1 ? '' : 's'}`;
  const inRegions = regionJobs(regions, pair);
  if (macs >= WHOLE) return { jobs: inRegions, method: count };
  const method = regions.length > 0 ? `whole graph and ${count}` : 'whole graph';
  return { jobs: [...inRegions, ...jobs], method };
}

/** Whether the regions are, each or together, about all that there is. */
function isWhole(regions: readonly Region[], { source }: Pair): boolean {
  const inputs = new Set(source.inputs.map(({ id }) => id));
  const all = source.nodes.length;
  const nodes = regions.reduce((n, region) => n + region.source.length, 0);
  const isOne = (region: Region) =>
    region.source.length > all / 2 && region.inputs.every((id) => inputs.has(id));
  return nodes > 4 * all || regions.some(isOne);
}

function regionJobs(regions: readonly Region[], pair: Pair): Job[] {
  const { source, rewritten } = nominalPair(pair, 2);
  const isOpen = (id: ValueId, axis: number) =>
    typeof view(pair.source).shape(id)[axis] === 'string';
  return regions.flatMap((region) => {
    const { value, rewrittenValue, inputs } = region;
    const own: Pair = {
      source: partOf(source, region.source, inputs, value, value),
      rewritten: partOf(rewritten, region.rewritten, inputs, rewrittenValue, value),
    };
    return shrink(own, isOpen).flatMap((small) => jobsOf(region, small, ['dense', 'sparse']));
  });
}
