/** What is compared, and at which sizes. */
import { elementCount, staticShape, view, type ValueId } from '../../ir/index.ts';
import type { Cuts } from './cuts.ts';
import { readCuts } from './duplicates.ts';
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
/** Positions at which a channel is seen, lest an activation hide it at all of them. */
const POSITIONS = 16;
const MOST_SAMPLES = 8;

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

const jobsOf = (region: Region | null, pair: Pair, samples: number): Job[] =>
  Array.from({ length: samples }, (_, sample) => ({ region, pair, sample, work: workOf(pair) }));

/** How many samples show enough positions of each channel, at least two. */
function samplesFor({ source }: Pair): number {
  const positions = source.outputs.map(({ value }) => {
    const shape = staticShape(view(source).shape(value), value);
    return elementCount(shape) / (shape[1] ?? 1);
  });
  return Math.min(MOST_SAMPLES, Math.max(2, Math.ceil(POSITIONS / Math.min(...positions))));
}

export function plan(pair: Pair, cuts: Cuts): Plan {
  const regions = regionsBetween(pair.source, pair.rewritten, cuts);
  if (regions.length === 0) return { jobs: [], method: 'nothing was rewritten' };
  const whole = smallPair(pair);
  const macs = macsOf(whole);
  const isCheap = macs < CHEAP;
  const jobs = jobsOf(null, whole, isCheap ? samplesFor(whole) : 1);
  if (!isCheap && isWhole(regions, pair)) {
    const size = macs < WHOLE ? '' : ` of ${(macs / 1e9).toFixed(0)} GMAC`;
    return { jobs, method: `whole graph${size}` };
  }
  const count = `${regions.length} rewritten region${regions.length === 1 ? '' : 's'}`;
  const inRegions = regionJobs(regions, pair, cuts);
  if (macs >= WHOLE) return { jobs: inRegions, method: count };
  return { jobs: [...inRegions, ...jobs], method: `whole graph and ${count}` };
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

function regionJobs(regions: readonly Region[], pair: Pair, cuts: Cuts): Job[] {
  const nominal = nominalPair(pair, 2);
  const source = readCuts(nominal.source, (id) => cuts.has(id));
  const isOpen = (id: ValueId, axis: number) =>
    typeof view(pair.source).shape(id)[axis] === 'string';
  return regions.flatMap((region) => {
    const { value, rewrittenValue, inputs } = region;
    const own: Pair = {
      source: partOf(source, region.source, inputs, value, value),
      rewritten: partOf(nominal.rewritten, region.rewritten, inputs, rewrittenValue, value),
    };
    return shrink(own, isOpen).flatMap((small) => jobsOf(region, small, samplesFor(small)));
  });
}
