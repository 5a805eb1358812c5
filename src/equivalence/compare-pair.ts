/**
 * Comparing two graphs of fixed sizes on one set of inputs, with a tolerance derived from the computation.
 *
 * Both are evaluated in float64, so all that may keep apart what is equal are the weights: those of the
 * rewritten graph were combined in float64 and rounded, each to within a unit u (2^-24 for float32) of its
 * magnitude. (A runtime's float32 arithmetic comes on top, in either graph alike, and is not part of it.)
 *
 * How far that carries is bounded element by element (`bounds.ts`). Such a bound, for one convolution
 * u (|w| * |x| + |b|), cannot fail what is right, and is tight: one wrong tap exceeds it. With depth it
 * grows like the product of the layers' sums of magnitudes, and soon says nothing. Beyond a few layers the
 * amplification is measured instead (`measure.ts`).
 */
import type { Graph, ValueId } from '../../ir/index.ts';
import { differenceOf, scaleOf, type Difference } from './difference.ts';
import { evaluateBounded } from './evaluate-bounded.ts';
import { measure } from './measure.ts';
import type { Progress } from './progress.ts';
import type { Roundings } from './roundings.ts';
import type { Data } from './samples.ts';
import type { Pair } from './shrink.ts';

/** Layers of weights up to which bounds are tight, and up to which they are worth computing. */
const TIGHT_DEPTH = 2;
const BOUNDED_DEPTH = 4;
/** A bound looser than this part of the output's scale is none. */
const TIGHT = 2 ** -10;

/** The output with the largest error in proportion to its tolerance. */
export interface PairDifference extends Difference {
  readonly output: string;
}

/** `step` is told of each part of the work that is done, 1 in all, and awaited. */
export async function comparePair(
  pair: Pair,
  inputs: Data,
  roundings: Roundings,
  seed: string,
  step: Progress,
): Promise<PairDifference> {
  const depth = Math.max(depthOf(pair.source), depthOf(pair.rewritten));
  if (depth <= BOUNDED_DEPTH) {
    const bounded = compareBounded(pair, inputs, roundings);
    await step(0.5);
    if (bounded.ratio > 1 || bounded.isTight || depth <= TIGHT_DEPTH) return bounded;
  }
  const { expected, actual, tolerances } = await measure(pair, inputs, roundings, seed, step);
  return worstOf(
    [...expected].map(([output, data]) => {
      const tolerance = tolerances.get(output)!;
      return { output, ...differenceOf(data, actual.get(output)!, () => tolerance) };
    }),
  );
}

function compareBounded(pair: Pair, inputs: Data, roundings: Roundings) {
  const expected = evaluateBounded(pair.source, inputs, roundings.source);
  const actual = evaluateBounded(pair.rewritten, inputs, roundings.rewritten);
  let isTight = true;
  const all = [...expected].map(([output, a]) => {
    const b = actual.get(output)!;
    const difference = differenceOf(a.data, b.data, (i) => a.error[i]! + b.error[i]!);
    const loosest = Math.max(scaleOf(a.error), scaleOf(b.error));
    isTight &&= loosest <= TIGHT * difference.scale;
    return { output, ...difference };
  });
  return { ...worstOf(all), isTight };
}

const worstOf = (all: readonly PairDifference[]): PairDifference =>
  all.reduce((worst, one) => (one.ratio > worst.ratio ? one : worst));

const layers: ReadonlySet<string> = new Set([
  'conv2d',
  'convTranspose2d',
  'linear',
  'mul',
  'softmax',
]);

/** The most layers on a way from an input to an output. */
function depthOf(graph: Graph): number {
  const depths = new Map<ValueId, number>();
  let most = 0;
  for (const { op, inputs, outputs } of graph.nodes) {
    const before = inputs.reduce((n, id) => Math.max(n, depths.get(id ?? '') ?? 0), 0);
    const depth = before + (layers.has(op) ? 1 : 0);
    depths.set(outputs[0].id, depth);
    most = Math.max(most, depth);
  }
  return most;
}
