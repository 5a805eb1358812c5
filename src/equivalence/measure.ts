/**
 * Tolerances for graphs that are too deep for bounds: the weights are put off at random by as much as
 * rounding could have, and the tolerance is the largest response of an output times 16, plus 4 units of
 * its scale. The errors of n weights add up to some sqrt(n) units, not n, as the statistical view of
 * rounding has it (Higham and Mary 2019, A New Approach to Probabilistic Rounding Error Analysis); 16 is
 * for those that are not independent, as where a kernel has many equal taps.
 */
import { evaluate, staticShape, Tensor, view, type Graph, type ValueId } from '../../ir/index.ts';
import { termsOf, UNIT } from './bounded.ts';
import { distance, scaleOf } from './difference.ts';
import { perturbed } from './perturb.ts';
import type { Progress } from './progress.ts';
import type { Rounding, Roundings } from './roundings.ts';
import type { Data } from './samples.ts';
import type { Pair } from './shrink.ts';

const SAFETY = 16;
const FLOOR = 4;
/** An output of fewer elements may by chance not respond, so it is asked more often. */
const FEW = 256;

/** Outputs by name. */
type Outputs = ReadonlyMap<string, Float64Array>;

function outputsOf(graph: Graph, inputs: Data): Outputs {
  const tensors = graph.inputs.map(({ id, shape }) => {
    const tensor = new Tensor(staticShape(shape, id), inputs.get(id)!);
    return [id, tensor] as const;
  });
  const outputs = evaluate(graph, Object.fromEntries(tensors));
  return new Map(graph.outputs.map(({ name }) => [name, outputs[name]!.data as Float64Array]));
}

export interface Measured {
  readonly expected: Outputs;
  readonly actual: Outputs;
  /** By output; one for all elements of a tensor. */
  readonly tolerances: ReadonlyMap<string, number>;
}

export async function measure(
  { source, rewritten }: Pair,
  inputs: Data,
  roundings: Roundings,
  seed: string,
  step: Progress,
): Promise<Measured> {
  const expected = outputsOf(source, inputs);
  await step(0.2);
  const actual = outputsOf(rewritten, inputs);
  await step(0.2);
  const isFew = [...expected.values()].some((data) => data.length < FEW);
  const trials = isFew ? 4 : 2;
  // The source's, next to those of the rewritten graph.
  const isExact = source.inputs.every(
    ({ dtype }) => roundings.source(dtype).unit < 2 ** -20 * roundings.rewritten(dtype).unit,
  );
  const most = new Map<string, number>();
  for (let trial = 0; trial < trials; trial++) {
    const own = respond(rewritten, actual, inputs, roundings.rewritten, `${seed} b${trial}`);
    await step(0.3 / trials);
    const others = isExact
      ? null
      : respond(source, expected, inputs, roundings.source, `${seed} a${trial}`);
    await step(0.3 / trials);
    for (const [name, response] of own) {
      const both = response + (others?.get(name) ?? 0);
      most.set(name, Math.max(both, most.get(name) ?? 0));
    }
  }
  const tolerances = source.outputs.map(({ name, value }) => {
    const { unit } = roundings.rewritten(view(source).value(value).dtype);
    const floor = FLOOR * unit * scaleOf(expected.get(name)!);
    return [name, SAFETY * most.get(name)! + floor] as const;
  });
  return { expected, actual, tolerances: new Map(tolerances) };
}

/** How far each output moves. Where the weights' part is below what float64 rounds, that counts. */
function respond(
  graph: Graph,
  outputs: Outputs,
  inputs: Data,
  rounding: Rounding,
  seed: string,
): ReadonlyMap<string, number> {
  const own = Math.sqrt(mostTerms(graph)) * 8 * UNIT.f64;
  const others = outputsOf(
    perturbed(graph, (dtype) => rounding(dtype).unit + own, seed),
    inputs,
  );
  return new Map(
    [...outputs].map(([name, data]) => [name, largestFinite(data, others.get(name)!)]),
  );
}

const largestFinite = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, x, i) => {
    const apart = distance(x, b[i]!);
    return apart < Infinity ? Math.max(most, apart) : most;
  }, 0);

function mostTerms(graph: Graph): number {
  const { shape } = view(graph);
  const shapes = (ids: readonly (ValueId | null)[]) =>
    ids.map((id) => (id === null ? null : staticShape(shape(id), id)));
  return graph.nodes.reduce((n, node) => Math.max(n, termsOf(node, shapes(node.inputs))), 1);
}
