/**
 * Forward error bounds of every op, carried along with the values as in a running error analysis (Higham,
 * Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3). Each gives the bounds of the
 * output before a fused activation, |dy| for operands off by |dx|, the roundings of float64 included.
 */
import { elementCount, type AttrsOf, type ActivationName, type OpName } from '../../ir/index.ts';
import type { Array64 } from '../../ir/index.ts';
import { apply, errorOf, gamma, grown, magnitudeOf, type Bounded } from './bounded.ts';

/** `terms` is how many products are summed for one element. An absent operand is `null`. */
type Bound<A> = (
  inputs: readonly (Bounded | null)[],
  attrs: A,
  output: Array64,
  terms: number,
) => Float64Array;

/** What only moves elements, or takes one of several, does the same to the errors. */
const moved =
  (op: OpName): Bound<object> =>
  (inputs, attrs, { shape }) =>
    apply(
      op,
      inputs.map((x) => errorOf(x!)),
      attrs,
      shape,
    );

/** What is linear with factors that are not negative: |dx| + gamma_n |x|, summed alike. */
const summed =
  (op: OpName): Bound<object> =>
  (inputs, attrs, { shape }, terms) =>
    apply(
      op,
      inputs.map((x) => grown(x!, gamma(terms))),
      attrs,
      shape,
    );

/** x w + b: (|dx| + gamma_n |x|) |w| + (|dx| + |x|) |dw|, and the bias'. What x is padded with is x, too. */
const contraction =
  (op: 'conv2d' | 'convTranspose2d' | 'linear'): Bound<object> =>
  ([x, w, b, ...border], attrs, { shape }, terms) => {
    const g = gamma(terms);
    const data = (factor: number, weights: Array64, bias: Array64 | null) =>
      apply(
        op,
        [grown(x!, factor), weights, bias, ...border.map((p) => p && grown(p, factor))],
        attrs,
        shape,
      );
    const fromInput = data(g, magnitudeOf(w!), b ? grown(b, g) : null);
    const fromWeights = data(1, errorOf(w!), null);
    return fromInput.map((error, i) => error + fromWeights[i]!);
  };

/** |a| |db| + |da| (|b| + |db|). */
const product: Bound<object> = ([a, b], attrs, { shape }) => {
  const fromB = apply('mul', [magnitudeOf(a!), grown(b!, gamma(1))], attrs, shape);
  const fromA = apply('mul', [errorOf(a!), grown(b!, 1)], attrs, shape);
  return fromB.map((error, i) => error + fromA[i]!);
};

/**
 * f (x - mean) + bias, with f = scale / sqrt(variance + epsilon). Folded into other weights, f x and f mean
 * are rounded apart from each other, so both magnitudes count where they cancel.
 */
const batchNorm: Bound<AttrsOf<'batchNorm'>> = (inputs, { epsilon }) => {
  const [x, scale, bias, mean, variance] = inputs as readonly Bounded[];
  const channels = x!.shape[1]!;
  const inner = elementCount(x!.shape.slice(2));
  const g = gamma(8);
  const perChannel = Array.from({ length: channels }, (_, c) => {
    const size = Math.abs(scale!.data[c]!);
    const factor = size / Math.sqrt(variance!.data[c]! + epsilon);
    const least = Math.max(variance!.data[c]! - variance!.error[c]!, 0);
    const most = (size + scale!.error[c]!) / Math.sqrt(least + epsilon);
    const shift = Math.abs(mean!.data[c]!);
    const fixed = most * mean!.error[c]! + bias!.error[c]! + g * Math.abs(bias!.data[c]!);
    return { most, off: most - factor + g * factor, shift, fixed };
  });
  return x!.data.map((value, i) => {
    const { most, off, shift, fixed } = perChannel[Math.floor(i / inner) % channels]!;
    const error = x!.error[i]!;
    return most * error + off * (Math.abs(value) + error + shift) + fixed;
  });
};

/** Elements grow by a factor of exp(2 max |dx|) at most. */
const softmax: Bound<object> = ([x], _, { data }) => {
  const most = x!.error.reduce((a, b) => Math.max(a, b), 0);
  const factor = Math.expm1(2 * most) + gamma(x!.data.length);
  return data.map((value) => factor * value);
};

type Bounds = { readonly [K in Exclude<OpName, ActivationName>]: Bound<AttrsOf<K>> };

/** Every op but the activations, which `lipschitz.ts` has. */
export const bounds: Bounds = {
  add: summed('add'),
  averagePool: summed('averagePool'),
  batchNorm,
  concat: moved('concat'),
  conv2d: contraction('conv2d'),
  convTranspose2d: contraction('convTranspose2d'),
  flatten: moved('flatten'),
  globalAveragePool: summed('globalAveragePool'),
  identity: moved('identity'),
  linear: contraction('linear'),
  // The maxima of a window differ by no more than its greatest error.
  maxPool: moved('maxPool'),
  mul: product,
  reshape: moved('reshape'),
  softmax,
  sum: summed('sum'),
};
