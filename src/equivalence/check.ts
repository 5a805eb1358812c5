/** Whether a rewritten graph computes the same as its source, on generated inputs. */
import { constantsOf, Lazy, materialise } from '../../ir/index.ts';
import type { Graph, ValueId } from '../../ir/index.ts';
import { bare } from './bare.ts';
import { comparePair, type PairDifference } from './compare-pair.ts';
import { cutsOf, type Cuts } from './cuts.ts';
import type { Equivalence, EquivalenceOptions, Place } from './equivalence.ts';
import { expectSameInterface } from './interface.ts';
import { plan } from './plan.ts';
import { progressOf } from './progress.ts';
import { roundingsOf } from './roundings.ts';
import { sampleInputs } from './samples.ts';
import type { Pair } from './shrink.ts';

/** Errors of this part of the values' magnitude are no rounding, and would be seen through more layers. */
const GROSS = 0.01;

/**
 * Evaluates both graphs in float64 on the same generated inputs: each region that differs, at the smallest
 * sizes at which every border is seen, and the whole where that takes under 5 GMAC. What they may differ
 * by follows from the rounding of the weights, as `compare-pair.ts` tells. Weights that are not computed
 * yet count as they will be written, rounded. NaN and infinities must stand at the same places.
 * Deterministic by `seed`; gives way to other tasks in between.
 *
 * Throws `input` and `shape` errors where inputs or outputs do not correspond.
 */
export async function checkEquivalence(
  source: Graph,
  rewritten: Graph,
  options: EquivalenceOptions = {},
): Promise<Equivalence> {
  expectSameInterface(source, rewritten);
  const pair = { source, rewritten: asWritten(rewritten) };
  const cuts = cutsOf(source, rewritten);
  const first = await compareAll(pair, cuts, options);
  if (first.equivalence.ok) return first.equivalence;
  // A new value may have the name of one that is gone, and a rewrite may rely on how the inputs of a
  // region depend on each other. Without those cuts, what is wrong stays so.
  const fewer: Cuts[] = [new Map([...cuts].filter(([id]) => !first.doubtful.has(id)))];
  // A small difference is one of the values, not of what a name means.
  const isOtherwise = options.sameNames === false && first.doubtful.size > 0;
  if (isOtherwise) fewer.push(new Map(source.inputs.map(({ id }, i) => [id, i])));
  for (const rest of fewer) {
    if (rest.size === cuts.size) continue;
    const { equivalence } = await compareAll(pair, rest, options);
    if (equivalence.ok) return equivalence;
  }
  return first.equivalence;
}

function asWritten(graph: Graph): Graph {
  const constants = Object.entries(graph.consts);
  if (!constants.some(([, constant]) => constant instanceof Lazy)) return graph;
  const tensors = constants.map(([id, constant]) => [id, materialise(constant)] as const);
  return { ...graph, consts: constantsOf(tensors) };
}

interface Findings {
  readonly equivalence: Equivalence;
  /** Values that are not the same at all, and what they are computed from. */
  readonly doubtful: ReadonlySet<ValueId>;
}

async function compareAll(
  pair: Pair,
  cuts: Cuts,
  { seed = 0, roundings = 1, precision, onProgress = () => {} }: EquivalenceOptions,
): Promise<Findings> {
  const { jobs, method } = plan(pair, cuts);
  const total = jobs.reduce((n, { work }) => n + work, 0);
  const progress = progressOf(total, onProgress);
  const doubtful = new Set<ValueId>();
  const given = new Set(pair.source.inputs.map(({ id }) => id));
  let worst: { difference: PairDifference; place: Place } | null = null;
  for (const { region, pair: small, sample, work } of jobs) {
    // What is wrong in a region is wrong in the whole, and told more precisely.
    if (region === null && worst && worst.difference.ratio > 1) continue;
    const inputs = sampleInputs(small.source, sample, seed);
    const compare = (one: Pair) =>
      comparePair(one, inputs, roundingsOf(roundings, precision), `${seed}`, (part) =>
        progress(part * work),
      );
    const open = region && bare(small);
    let difference = await compare(open ?? small);
    // A rewrite may rely on the activation; but what it hides by chance is not forgiven.
    if (open && difference.ratio > 1 && difference.apart > GROSS) difference = await compare(small);
    const { ratio, apart, output } = difference;
    if (region && ratio > 1 && apart > GROSS) {
      for (const id of [region.value, ...region.inputs.slice(1)])
        if (!given.has(id)) doubtful.add(id);
    }
    if (worst && ratio <= worst.difference.ratio) continue;
    const value = region?.value ?? pair.source.outputs.find(({ name }) => name === output)!.value;
    worst = { difference, place: { value, region } };
  }
  onProgress(1);
  const { ratio, error, tolerance, scale } = worst?.difference ?? nothing;
  return {
    doubtful,
    equivalence: {
      ok: ratio <= 1,
      maxAbsError: error,
      tolerance,
      outputScale: scale,
      method,
      worst: worst && worst.place,
    },
  };
}

const nothing = { ratio: 0, error: 0, tolerance: 0, scale: 0 };
