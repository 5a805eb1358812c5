/** Sums and products, with constants brought into the form of an addition or a multiplication. */
import { sameShape, shapeError, unsupported, type ValueId } from '../../../../ir/index.ts';
import { arrayLike, floats, type Floats } from '../static.ts';
import { expectBroadcast } from './expect.ts';
import { unchanged } from './identities.ts';
import { node, type ImportOp, type NewNode, type Site } from '../site.ts';

const map = ({ shape, data }: Floats, apply: (x: number) => number): Floats => {
  const mapped = arrayLike(data, data.length);
  for (let i = 0; i < data.length; i++) mapped[i] = apply(data[i]!);
  return floats(mapped, shape);
};

/** The sum or product of two operands that broadcast, as far as is known. */
function pair(site: Site, op: 'add' | 'mul', a: ValueId, b: ValueId): NewNode {
  expectBroadcast(site.shape(a), site.shape(b));
  return node(op, [a, b]);
}

const minusOne = (site: Site, part: string, like: ValueId): ValueId => {
  const shape = site.shape(like).map(() => 1);
  return site.constant(part, floats(Float32Array.of(-1), shape));
};

const negated = (site: Site, x: ValueId): ValueId =>
  site.add('negated', node('mul', [x, minusOne(site, 'minusOne', x)]));

/** MatMul and Add are how a linear layer with a bias is exported. */
function addToLinear(site: Site, index: number, other: number) {
  const operand = site.operand(index);
  const b = site.known(other);
  if (operand.kind !== 'value' || b?.kind !== 'floats' || site.uses(index) > 1) return null;
  const linear = site.definition(operand.id);
  if (linear?.op !== 'linear' || linear.inputs[2] !== null) return null;
  const columns = site.shape(operand.id).at(-1)!;
  const row = b.shape.length > 0 && b.shape.slice(0, -1).every((d) => d === 1);
  if (!row || b.shape.at(-1) !== columns || b.shape.length > linear.outputs[0].shape.length) {
    return null;
  }
  const bias = b.shape.length === 1 ? site.value(other) : site.constant('bias', floats(b.data));
  return node('linear', [linear.inputs[0]!, linear.inputs[1]!, bias]);
}

const add: ImportOp = (site) =>
  unchanged(site, 0, 1, 0) ??
  unchanged(site, 1, 0, 0) ??
  addToLinear(site, 0, 1) ??
  addToLinear(site, 1, 0) ??
  pair(site, 'add', site.value(0), site.value(1));

const sub: ImportOp = (site) => {
  const same = unchanged(site, 0, 1, 0);
  if (same) return same;
  const b = site.known(1);
  if (b?.kind === 'floats') {
    const minus = site.constant(
      'minus',
      map(b, (x) => -x),
    );
    return pair(site, 'add', site.value(0), minus);
  }
  return pair(site, 'add', site.value(0), negated(site, site.value(1)));
};

const div: ImportOp = (site) => {
  const same = unchanged(site, 0, 1, 1);
  if (same) return same;
  const inverse = map(site.floats(1, 'the divisor'), (x) => 1 / x);
  if (!inverse.data.every((x) => Number.isFinite(x))) throw unsupported('divides by 0 or almost');
  return pair(site, 'mul', site.value(0), site.constant('inverse', inverse));
};

const mul: ImportOp = (site) =>
  unchanged(site, 0, 1, 1) ??
  unchanged(site, 1, 0, 1) ??
  pair(site, 'mul', site.value(0), site.value(1));

/** The first power and the square. */
const pow: ImportOp = (site) => {
  const same = unchanged(site, 0, 1, 1);
  if (same) return same;
  const exponent = site.known(1);
  if (exponent?.data.length === 1 && exponent.data[0] === 2) {
    const x = site.value(0);
    if (exponent.shape.length <= site.shape(x).length) return node('mul', [x, x]);
  }
  throw unsupported('is supported for a constant power of 2 only');
};

/** Without broadcasting it is one n-ary sum. */
const sum: ImportOp = (site) => {
  const inputs = site.node.inputs.map((_, i) => site.value(i));
  if (inputs.length === 0) throw shapeError('has no operand');
  const shape = site.shape(inputs[0]!);
  if (inputs.every((id) => sameShape(site.shape(id), shape))) return node('sum', inputs);
  const last = inputs.pop()!;
  const partial = inputs.reduce((a, b, i) => site.add(`part${i}`, pair(site, 'add', a, b)));
  return pair(site, 'add', partial, last);
};

export const arithmetic: Readonly<Record<string, ImportOp>> = {
  Add: add,
  Sub: sub,
  Mul: mul,
  Pow: pow,
  Div: div,
  Neg: (site) => node('mul', [site.value(0), minusOne(site, 'minusOne', site.value(0))]),
  Sum: sum,
};
