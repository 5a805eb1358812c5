/** What is known of a value before anything is imported: numbers, polynomials and clamps of another value. */
import { float, int, type OnnxNode } from './onnx-node.ts';
import { isFloatType } from './tensor-proto.ts';

export interface Lookup {
  /** The node that gives the value. */
  readonly producer: (name: string) => OnnxNode | undefined;
  /** The value, where it is a single known number. */
  readonly number: (name: string) => number | undefined;
}

/** How far expressions are looked through: a value may have two operands at each step. */
const DEPTH = 8;

export const close = (a: number | undefined, b: number, tolerance = 1e-6) =>
  a !== undefined && Math.abs(a - b) <= tolerance * Math.abs(b);

/** The single number that the value is, also behind casts between floating-point types. */
export function numberOf(name: string, find: Lookup, depth = DEPTH): number | undefined {
  const known = find.number(name);
  if (known !== undefined || depth === 0) return known;
  const node = find.producer(name);
  const isCast = node?.op === 'Cast' && isFloatType(int(node, 'to', 0));
  return isCast || node?.op === 'Identity'
    ? numberOf(node.inputs[0] ?? '', find, depth - 1)
    : undefined;
}

/** Pairs of the operands of a node with two, in both orders. */
export function orders({ inputs }: OnnxNode): [string, string][] {
  const [a, b] = inputs as [string, string];
  return inputs.length === 2
    ? [
        [a, b],
        [b, a],
      ]
    : [];
}

/** The operand of a commutative node besides a number, and that number. */
export function withNumber(node: OnnxNode | undefined, op: string, find: Lookup) {
  if (node?.op !== op) return undefined;
  for (const [x, other] of orders(node)) {
    const value = numberOf(other, find);
    if (value !== undefined) return { x, value };
  }
  return undefined;
}

/** The other operand of a commutative node, one of whose operands is the number. */
export function besides(node: OnnxNode | undefined, op: string, wanted: number, find: Lookup) {
  const found = withNumber(node, op, find);
  return found && close(found.value, wanted) ? found.x : undefined;
}

/** The operand that is divided by the number, in either form. */
export function divided(node: OnnxNode | undefined, by: number, find: Lookup): string | undefined {
  if (node?.op !== 'Div') return besides(node, 'Mul', 1 / by, find);
  return close(numberOf(node.inputs[1] ?? '', find), by) ? node.inputs[0] : undefined;
}

export interface Clamp {
  readonly x: string;
  readonly low: number;
  readonly high: number;
}

function oneClamp(node: OnnxNode | undefined, find: Lookup): Clamp | undefined {
  if (node?.op === 'Relu') return { x: node.inputs[0]!, low: 0, high: Infinity };
  if (node?.op === 'Clip') {
    const bound = (index: number, attribute: string, open: number) =>
      node.inputs[index] ? numberOf(node.inputs[index], find) : float(node, attribute, open);
    const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
    if (low === undefined || high === undefined) return undefined;
    return { x: node.inputs[0]!, low, high };
  }
  const most = withNumber(node, 'Min', find);
  if (most) return { x: most.x, low: -Infinity, high: most.value };
  const least = withNumber(node, 'Max', find);
  return least && { x: least.x, low: least.value, high: Infinity };
}

/** What Clip, Relu, Min and Max, one or several, bound; undefined where that is nothing or not known. */
export function clampOf(name: string, find: Lookup, depth = DEPTH): Clamp | undefined {
  const outer = oneClamp(find.producer(name), find);
  const inner = outer && depth > 0 ? clampOf(outer.x, find, depth - 1) : undefined;
  if (!outer || !inner) return outer;
  const bound = (value: number) => Math.min(Math.max(value, outer.low), outer.high);
  return { x: inner.x, low: bound(inner.low), high: bound(inner.high) };
}

const times = (a: readonly number[], b: readonly number[]): number[] => {
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((p, i) => b.forEach((q, k) => (product[i + k]! += p * q)));
  return product;
};

const plus = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));

/** The coefficients, from the constant on, of the value as a polynomial of x. */
export function polynomial(
  name: string,
  x: string,
  find: Lookup,
  depth = DEPTH,
): number[] | undefined {
  if (name === x) return [0, 1];
  const value = numberOf(name, find);
  if (value !== undefined) return [value];
  const node = find.producer(name);
  if (!node || depth === 0 || node.inputs.length !== 2) return undefined;
  const of = (input: string) => polynomial(input, x, find, depth - 1);
  const [first, second] = node.inputs as [string, string];
  if (!['Add', 'Mul', 'Pow', 'Div'].includes(node.op)) return undefined;
  const a = of(first);
  const b = a && of(second);
  if (!b) return undefined;
  if (node.op === 'Add') return plus(a, b);
  if (node.op === 'Mul') return a.length + b.length > 9 ? undefined : times(a, b);
  if (b.length > 1) return undefined;
  if (node.op === 'Div') return a.map((coefficient) => coefficient / b[0]!);
  if (b[0] === 2) return times(a, a);
  return b[0] === 3 && a.length <= 3 ? times(times(a, a), a) : undefined;
}
