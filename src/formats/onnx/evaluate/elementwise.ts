/** Arithmetic on constants, with broadcasting. Sizes that are open take part as far as they can be written. */
import {
  addDims,
  divideDims,
  multiplyDims,
  shapeError,
  unsupported,
} from '../../../../ir/index.ts';
import { shiftAndDivide, type Dim, type StaticShape } from '../../../../ir/index.ts';
import { broadcastShape, broadcastStrides } from '../../../../ir/ops/broadcast.ts';
import { arrayLike, floats, ints, type Floats, type Static } from '../static.ts';
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

function ofFloats(
  a: Floats,
  b: Floats,
  context: EvaluationContext,
  apply: (x: number, y: number) => number,
): Static {
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
    if (a.kind === 'floats' && b.kind === 'floats') return ofFloats(a, b, context, apply);
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
  if (typeof x === 'number' && typeof y === 'number') {
    if (y === 0) throw shapeError('divides by zero');
    return Math.trunc(x / y);
  }
  const exact = divideDims([x], [y]);
  return exact ?? shiftAndDivide(x, 0, number(y));
}

/** Sizes are positive, so an open one differs from -1 and 0. */
function equal(x: Dim, y: Dim): number {
  if (x === y) return 1;
  if (typeof x === 'number' && typeof y === 'number') return 0;
  if ((typeof x === 'number' && x < 1) || (typeof y === 'number' && y < 1)) return 0;
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

export const elementwise: Readonly<Record<string, Evaluate>> = {
  Add: binary((x, y) => x + y, addDims),
  Sub: binary(
    (x, y) => x - y,
    (x, y) => shiftAndDivide(x, -number(y), 1),
  ),
  Mul: binary(
    (x, y) => x * y,
    (x, y) => multiplyDims([x, y]),
  ),
  Div: binary((x, y) => x / y, divide),
  Pow: numbers((x, y) => x ** y),
  Min: numbers(Math.min),
  Max: numbers(Math.max),
  Equal: (inputs, node, context) => {
    const floating = inputs.some((input) => input?.kind === 'floats');
    const evaluate = floating ? comparison((x, y) => x === y) : binary((x) => x, equal);
    return evaluate(inputs, node, context);
  },
  Less: comparison((x, y) => x < y),
  Greater: comparison((x, y) => x > y),
  Not: unary((x) => Number(x === 0)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
};
