/**
 * How far a kernel may be off, element by element: what float32 arithmetic may lose at most. A sum of n
 * terms in any order loses at most n - 1 roundings of the sum of their absolute values (Higham, "Accuracy
 * and Stability of Numerical Algorithms", sections 3.1 and 4.2); WGSL's specification tells how exact
 * division, sqrt and exp are.
 */
import {
  activations,
  elementCount,
  evaluate,
  mostTaps,
  noActivation,
  staticShape,
  Tensor,
  view,
  type Fused,
  type Graph,
  type StaticShape,
} from '../../ir/index.ts';
import type { Precision } from '../../codegen/index.ts';
import { lipschitz } from '../../src/equivalence/lipschitz.ts';
import { magnitudes, unit, withoutActivations } from '../support/magnitude.ts';
import { f2x2, f4x4, winogradMagnitude, winogradUnits } from '../support/winograd-magnitude.ts';
import { layerOf } from './candidates.ts';
import { storingLoses } from './halves.ts';
import { carryErrors, splitStages, type Stages } from './two-stages.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** Roundings, in units of half the distance between neighbours at 1, and what of. */
interface Bound {
  readonly units: number;
  readonly magnitude: Tensor;
  /** Errors of what was computed before. */
  readonly carried?: Float64Array;
}

/** WGSL: a quotient is off by 2.5 units in the last place, each two of our units. */
const QUOTIENT = 5;

/** What is right for every kernel that adds up products, in whatever order. */
function ordinaryBound(graph: Graph, inputs: Inputs): Bound {
  const node = layerOf(graph);
  const shapeOf = (i: number) => shapeOfInput(graph, i);
  const magnitude = () => only(magnitudes(graph, inputs));
  switch (node.op) {
    case 'conv2d':
    case 'linear':
      // A product and its additions; bias and residual are terms, too. One more for higher orders.
      return { units: elementCount(shapeOf(1).slice(1)) + 3, magnitude: magnitude() };
    case 'convTranspose2d': {
      const [channels, , ...kernel] = shapeOf(1);
      const terms = (channels! / node.attrs.group) * mostTaps(kernel, node.attrs);
      return { units: terms + 3, magnitude: magnitude() };
    }
    case 'sum':
      return { units: node.inputs.length, magnitude: magnitude() };
    case 'averagePool':
      return { units: elementCount(node.attrs.kernel_shape) + QUOTIENT, magnitude: magnitude() };
    case 'globalAveragePool':
      return { units: elementCount(shapeOf(0).slice(2)) + QUOTIENT, magnitude: magnitude() };
    case 'add':
    case 'mul':
      return { units: 1, magnitude: magnitude() };
    case 'batchNorm':
      // Two sums, a product, and scale / sqrt(variance + epsilon): a quotient, and sqrt as 1 / inverseSqrt.
      return { units: 3 + 1 + QUOTIENT + (4 + QUOTIENT), magnitude: normMagnitude(graph, inputs) };
    case 'softmax': {
      // exp(d) is off by 3 + 2 |d| units in the last place, and d, below 3 here, by its rounding.
      const exp = 2 * (3 + 2 * 3) + 3;
      return {
        units: 2 * exp + Math.max(...shapeOf(0)) + QUOTIENT,
        magnitude: only(evaluate(graph, inputs)),
      };
    }
    default:
      // The greatest value, and what only moves data, is exact; activations have a bound of their own.
      return { units: 0, magnitude: magnitude() };
  }
}

/** Kernels that compute something else on the way. All others have the ordinary bound. */
const winogradBound =
  (form: typeof f4x4) =>
  (graph: Graph, inputs: Inputs): Bound => ({
    units: winogradUnits(shapeOfInput(graph, 1)[1]!, form),
    // What is added to the convolution, and the convolution itself, as if it were all of the tile.
    magnitude: add(only(magnitudes(graph, inputs)), winogradMagnitude(graph, inputs, form)),
  });

const bounds: Readonly<Record<string, (graph: Graph, inputs: Inputs) => Bound>> = {
  'conv-winograd': winogradBound(f4x4),
  'conv-winograd-gemm': winogradBound(f4x4),
  'conv-winograd2-gemm': winogradBound(f2x2),
};

/** The element that is off most, in units of what is allowed: more than 1, or NaN, is wrong. */
export interface Verdict {
  readonly off: number;
  readonly at: number;
  readonly wanted: number;
}

export type Oracle = (kernel: string, actual: Tensor) => Verdict;

/** Compares with the evaluator. What does not depend on the kernel is computed once. */
export function makeOracle(graph: Graph, inputs: Inputs, type: Precision = 'f32'): Oracle {
  const stages = splitStages(graph, inputs);
  if (stages)
    return oracleOf(stages.last.graph, stages.last.inputs, type, () => stagesBound(stages));
  return oracleOf(graph, inputs, type, (kernel) =>
    (bounds[kernel] ?? ordinaryBound)(graph, inputs),
  );
}

function stagesBound({ first, last }: Stages): Bound {
  const own = ordinaryBound(first.graph, first.inputs);
  const { largest, carried } = carryErrors(last, allow(first.graph, own, first.inputs));
  return { ...ordinaryBound(last.graph, largest), carried };
}

function oracleOf(
  graph: Graph,
  inputs: Inputs,
  type: Precision,
  boundOf: (kernel: string) => Bound,
): Oracle {
  const wanted = only(evaluate(graph, inputs));
  const known = new Map<string, Float64Array>();
  const allowedFor = (kernel: string): Float64Array => {
    const key = kernel in bounds ? kernel : '';
    const found = known.get(key);
    if (found) return found;
    const computed = allow(graph, boundOf(key), inputs);
    const allowed = computed.map((own, i) =>
      type === 'f16' ? own + storingLoses(Math.abs(wanted.data[i]!) + own) : own,
    );
    known.set(key, allowed);
    return allowed;
  };
  return (kernel, actual) => {
    const allowed = allowedFor(kernel);
    let [worst, at] = [0, 0];
    wanted.data.forEach((value, i) => {
      const off = Math.abs(actual.data[i]! - value) / allowed[i]!;
      // Also when it is NaN.
      if (!(off <= worst)) [worst, at] = [off, i];
    });
    return { off: worst, at, wanted: wanted.data[at]! };
  };
}

function allow(graph: Graph, bound: Bound, inputs: Inputs): Float64Array {
  const wanted = only(evaluate(graph, inputs));
  const plain = only(evaluate(withoutActivations(graph), inputs));
  const last = graph.nodes.at(-1)!;
  const alone = last.op in activations;
  const fused: Fused = 'act' in last.attrs ? last.attrs : noActivation;
  const slope = lipschitz(fused);
  const rounds = alone || !['none', 'relu'].includes(fused.act);
  const before = alone ? inputs['x']! : plain;
  return Float64Array.from(wanted.data, (value, i) => {
    const sum = unit * bound.units * bound.magnitude.data[i]! + (bound.carried?.[i] ?? 0);
    // erf and exp of small results are only good absolutely; test/gpu/kernels-elementwise.test.ts
    const small = Math.min(Math.abs(before.data[i]!), 1);
    const own = rounds ? 8 * unit * Math.max(Math.abs(value), small) : 0;
    // Below the normal range a GPU may flush to zero.
    return slope * sum + own + 2 ** -126;
  });
}

/** The only output. */
const only = (outputs: Readonly<Record<string, Tensor>>): Tensor => Object.values(outputs)[0]!;

function shapeOfInput(graph: Graph, i: number): StaticShape {
  const id = layerOf(graph).inputs[i]!;
  return staticShape(view(graph).value(id).shape, id);
}

const add = (a: Tensor, b: Tensor): Tensor =>
  new Tensor(
    a.shape,
    Float64Array.from(a.data, (value, i) => value + b.data[i]!),
  );

/** (|x| + |mean|) |s| + |bias| */
function normMagnitude(graph: Graph, inputs: Inputs): Tensor {
  const absolute = ({ shape, data }: Tensor, sign = 1) =>
    new Tensor(
      shape,
      Float64Array.from(data, (value) => sign * Math.abs(value)),
    );
  const consts = Object.entries(graph.consts).map(
    ([id, one]) => [id, absolute(one as Tensor, id === 'mean' ? -1 : 1)] as const,
  );
  const flipped = { ...graph, consts: Object.fromEntries(consts) };
  return only(evaluate(flipped, { x: absolute(inputs['x']!) }));
}
