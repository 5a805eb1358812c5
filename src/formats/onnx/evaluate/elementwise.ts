/** Arithmetic on constants, with broadcasting. Sizes that are open take part as far as they can be written. */
import {
  addDims,
  divideDims,
  leastOf,
  erf,
  multiplyDims,
  shiftAndDivide,
} from '../../../../ir/index.ts';
import { shapeError, unsupported, type Dim, type StaticShape } from '../../../../ir/index.ts';
import { broadcastShape, broadcastStrides } from '../../../../ir/ops/broadcast.ts';
import { arrayLike, floats, ints, type Floats, type Static } from '../static.ts';
import { int } from '../onnx-node.ts';
import { need, type Evaluate, type EvaluationContext } from './context.ts';

/** For each element of `output`, the place of the element of `shape` that is broadcast there. */
export function broadcastIndex(shape: StaticShape, output: StaticShape, size: number): Uint32Array {
  const strides = broadcastStrides(shape, output);
  const index = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    let [rest, at] = [i, 0];
    for (let axis = output.length - 1; axis >= 0; axis--) {
      at += (rest % output[axis]!) * strides[axis]!;
      rest = Math.floor(rest / output[axis]!);
    }
    index[i] = at;
  }
  return index;
}

export const commonShape = (...shapes: StaticShape[]): StaticShape =>
  shapes.reduce((a, b) => broadcastShape(a, b) as StaticShape);

function pairs(a: Static, b: Static, { size }: EvaluationContext) {
  const shape = commonShape(a.shape, b.shape);
  const count = size(shape);
  const [ia, ib] = [broadcastIndex(a.shape, shape, count), broadcastIndex(b.shape, shape, count)];
  return { shape, count, ia, ib };
}

/** Element by element, with broadcasting. */
export function combine(
  a: Floats,
  b: Floats,
  context: EvaluationContext,
  apply: (x: number, y: number) => number,
): Floats {
  const { shape, count, ia, ib } = pairs(a, b, context);
  const data = arrayLike(a.data, count);
  for (let i = 0; i < count; i++) data[i] = apply(a.data[ia[i]!]!, b.data[ib[i]!]!);
  return floats(data, shape);
}

function binary(
  apply: (x: number, y: number) => number,
  applyToDims: (x: Dim, y: Dim) => Dim,
): Evaluate {
  return (inputs, _, context) => {
    const [a, b] = [need(inputs, 0), need(inputs, 1)];
    if (a.kind === 'floats' && b.kind === 'floats') return combine(a, b, context, apply);
    if (a.kind === 'floats' || b.kind === 'floats') throw shapeError('mixes integers and floats');
    const { shape, ia, ib } = pairs(a, b, context);
    const data = Array.from(ia, (at, i) => applyToDims(a.data[at]!, b.data[ib[i]!]!));
    return ints(data, shape);
  };
}

const number = (d: Dim): number => {
  if (typeof d === 'number') return d;
  throw unsupported(`needs the open size ${d} as a number`);
};

/** On plain numbers only. */
const numbers = (apply: (x: number, y: number) => number) =>
  binary(apply, (x, y) => apply(number(x), number(y)));

function divide(x: Dim, y: Dim): Dim {
  if (y === 0) throw shapeError('divides by zero');
  if (typeof x === 'number' && typeof y === 'number') return Math.trunc(x / y);
  const exact = divideDims([x], [y]);
  return exact ?? shiftAndDivide(x, 0, number(y));
}

/** Sizes are positive, so an open one differs from -1 and 0; what is computed from sizes may not. */
function equal(x: Dim, y: Dim): number {
  if (x === y) return 1;
  if (typeof x === 'number' && typeof y === 'number') return 0;
  const isBelow = (a: Dim, b: Dim) => typeof a === 'number' && a < leastOf(b);
  if (isBelow(x, y) || isBelow(y, x)) return 0;
  throw unsupported(`cannot tell whether ${x} is ${y}`);
}

const comparison = (apply: (x: number, y: number) => boolean): Evaluate => {
  const compare = numbers((x, y) => Number(apply(x, y)));
  return (...args) => {
    const result = compare(...args);
    return result.kind === 'ints' ? result : ints(Array.from(result.data), result.shape);
  };
};

const unary =
  (apply: (x: number) => number): Evaluate =>
  (inputs, _, { size }) => {
    const x = need(inputs, 0);
    size(x.shape);
    if (x.kind === 'floats') return floats(x.data.map(apply), x.shape);
    const data = x.data.map((d) => apply(number(d)));
    return ints(data, x.shape);
  };

/** Any number of operands, one by one. */
const nary =
  (evaluate: Evaluate): Evaluate =>
  (inputs, node, context) =>
    inputs.map((_, i) => need(inputs, i)).reduce((a, b) => evaluate([a, b], node, context));

/** The exponent may be of another type than the base, whose type the power has. */
const pow: Evaluate = (inputs, _, context) => {
  const [base, exponent] = [need(inputs, 0), need(inputs, 1)];
  if (base.kind === 'floats') {
    const y = floats(Float64Array.from(exponent.data, number), exponent.shape);
    return combine(base, y, context, (a, b) => a ** b);
  }
  const { shape, ia, ib } = pairs(base, exponent, context);
  const data = Array.from(ia, (at, i) => {
    return Math.trunc(number(base.data[at]!) ** number(exponent.data[ib[i]!]!));
  });
  return ints(data, shape);
};

/** As the divisor's sign is; with fmod, as the dividend's. */
const mod: Evaluate = (inputs, node, context) => {
  const isC = int(node, 'fmod', 0) === 1;
  const floored = (x: number, y: number) => ((x % y) + y) % y;
  const checked = (x: number, y: number) => {
    if (y === 0) throw shapeError('divides by zero');
    return isC ? x % y : floored(x, y);
  };
  return numbers(checked)(inputs, node, context);
};

export const elementwise: Readonly<Record<string, Evaluate>> = {
  Add: binary((x, y) => x + y, addDims),
  Sub: binary(
    (x, y) => x - y,
    (x, y) => (x === y ? 0 : shiftAndDivide(x, -number(y), 1)),
  ),
  Mul: binary(
    (x, y) => x * y,
    (x, y) => multiplyDims([x, y]),
  ),
  Div: binary((x, y) => x / y, divide),
  Mod: mod,
  Pow: pow,
  Min: nary(numbers(Math.min)),
  Max: nary(numbers(Math.max)),
  Sum: nary(numbers((x, y) => x + y)),
  Equal: (inputs, node, context) => {
    const floating = inputs.some((input) => input?.kind === 'floats');
    const evaluate = floating ? comparison((x, y) => x === y) : binary((x) => x, equal);
    return evaluate(inputs, node, context);
  },
  Less: comparison((x, y) => x < y),
  Greater: comparison((x, y) => x > y),
  LessOrEqual: comparison((x, y) => x <= y),
  GreaterOrEqual: comparison((x, y) => x >= y),
  And: comparison((x, y) => x !== 0 && y !== 0),
  Or: comparison((x, y) => x !== 0 || y !== 0),
  Xor: comparison((x, y) => (x !== 0) !== (y !== 0)),
  Not: unary((x) => Number(x === 0)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Log: unary(Math.log),
  Sign: unary(Math.sign),
  Relu: unary((x) => Math.max(x, 0)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  Erf: unary(erf),
};
