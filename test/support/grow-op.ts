/** For every op, how a random graph grows by one such node. */
import { activationNames, activations, sameShape } from '../../ir/index.ts';
import type { ActivationName, AttrsOf, Dim, Fused, OpName } from '../../ir/index.ts';
import type { DType, GraphBuilder, Shape, Value, ValueId } from '../../ir/index.ts';

/** A graph under construction, and the choices for the node that comes next. */
export interface Scope {
  readonly b: GraphBuilder;
  readonly dtype: DType;
  /** The values computed so far, constants apart. */
  readonly values: readonly ValueId[];
  /** One of the list; the first when fast-check has shrunk the choice. */
  readonly pick: <T>(list: readonly T[]) => T;
  readonly fresh: (hint: string) => string;
  readonly constant: (hint: string, shape: readonly number[]) => ValueId;
}

/** The new value, or null where the graph has no operand for such a node. */
type Grow = (scope: Scope) => ValueId | null;

const isNumber = (d: Dim | undefined): d is number => typeof d === 'number';

/** A value that the predicate accepts, the newest ones first. */
function operand(s: Scope, accepts: (shape: Shape) => boolean): Value | null {
  const fits = s.values.map((id) => s.b.value(id)).filter(({ shape }) => accepts(shape));
  return fits.length > 0 ? s.pick(fits.reverse()) : null;
}

const image = (s: Scope) => operand(s, (shape) => shape.length === 4 && isNumber(shape[1]));

/** A value of the same shape: perhaps the same one. */
const twin = (s: Scope, x: Value): ValueId => operand(s, (shape) => sameShape(shape, x.shape))!.id;

function params(s: Scope, name: ActivationName): number[] {
  if (name === 'gelu') return [s.pick([0, 1])];
  if (name === 'clip') return [s.pick([0, -0.5, -Infinity, -0]), s.pick([6, 0.75, Infinity])];
  return Object.values(activations[name].params).map((v: number) => s.pick([v, 0.3, 1 / 3]));
}

function fused(s: Scope): Fused {
  const act = s.pick(['none', 'none', 'relu', ...activationNames] as const);
  return act === 'none' ? { act, actParams: [] } : { act, actParams: params(s, act) };
}

const activation =
  (name: ActivationName): Grow =>
  (s) => {
    const x = operand(s, () => true)!;
    const names = Object.keys(activations[name].params);
    const given = params(s, name);
    const attrs = Object.fromEntries(names.map((param, i) => [param, given[i]!]));
    return s.b.node(name, s.fresh(name), [x.id], attrs as Partial<AttrsOf<typeof name>>);
  };

const pads = (s: Scope, greatest: number): number[] =>
  Array.from({ length: 4 }, () => s.pick([0, 1, 2])).map((p) => Math.min(p, greatest));

const pool =
  (op: 'maxPool' | 'averagePool'): Grow =>
  (s) => {
    const x = operand(s, (shape) => shape.length === 4);
    if (!x) return null;
    const attrs = {
      kernel_shape: s.pick([[2, 2] as const, [3, 3], [2, 3], [3, 2]]),
      strides: [s.pick([1, 2]), s.pick([1, 2])],
      pads: pads(s, 1),
      ...(op === 'averagePool' ? { count_include_pad: s.pick([false, true]) } : {}),
    };
    return s.b.node(op, s.fresh(op), [x.id], attrs);
  };

const elementwise =
  (op: 'add' | 'mul'): Grow =>
  (s) => {
    const a = operand(s, () => true)!;
    const size = s.pick<(d: Dim, i: number) => number>([
      (d) => (isNumber(d) ? d : 1),
      () => 1,
      (d, i) => (isNumber(d) && i % 2 === 1 ? d : 1),
    ]);
    const other = a.shape.map(size).slice(s.pick([0, 1, 2, 9]));
    const b = s.pick([true, false]) ? s.constant('c', other) : twin(s, a);
    return s.b.node(op, s.fresh(op), s.pick([true, false]) ? [a.id, b] : [b, a.id]);
  };

export const growers: Readonly<Record<OpName, Grow>> = {
  add: elementwise('add'),
  averagePool: pool('averagePool'),
  batchNorm(s) {
    const x = operand(s, (shape) => shape.length >= 2 && isNumber(shape[1]));
    if (!x) return null;
    const names = ['scale', 'bias', 'mean', 'variance'];
    const statistics = names.map((name) => s.constant(name, [x.shape[1] as number]));
    const epsilon = s.pick([1e-5, 0.1]);
    return s.b.node('batchNorm', s.fresh('bn'), [x.id, ...statistics], { epsilon });
  },
  clip: activation('clip'),
  concat(s) {
    const x = operand(s, (shape) => shape.some(isNumber));
    if (!x) return null;
    const axis = s.pick(x.shape.flatMap((d, i) => (isNumber(d) ? [i, i - x.shape.length] : [])));
    const others = s.pick([[], [0], [0, 0]]).map(() => twin(s, x));
    return s.b.node('concat', s.fresh('concat'), [x.id, ...others], { axis });
  },
  conv2d(s) {
    const x = image(s);
    if (!x) return null;
    const channels = x.shape[1] as number;
    const group = s.pick([1, 2, channels].filter((g) => channels % g === 0));
    const outputs = group * s.pick([1, 2]);
    const kernel = s.pick([[1, 1] as const, [3, 3], [1, 3], [3, 1], [2, 2]]);
    const w = s.constant('w', [outputs, channels / group, ...kernel]);
    const b = s.pick([true, false]) ? s.constant('b', [outputs]) : null;
    const padValue = s.pick([false, false, true]) ? s.constant('p', [channels]) : null;
    return s.b.node('conv2d', s.fresh('conv'), [x.id, w, b, padValue], {
      strides: [s.pick([1, 2]), s.pick([1, 2])],
      pads: s.pick([[0, 0, 0, 0], [1, 1, 1, 1], pads(s, 2), pads(s, 2).map((p) => 1 - p)]),
      dilations: [s.pick([1, 2]), s.pick([1, 2])],
      group,
      ...fused(s),
    });
  },
  convTranspose2d(s) {
    const x = image(s);
    if (!x) return null;
    const channels = x.shape[1] as number;
    const group = s.pick([1, 2, channels].filter((g) => channels % g === 0));
    const perGroup = s.pick([1, 2]);
    const kernel = s.pick([[2, 2] as const, [3, 3], [4, 4], [1, 3], [3, 2], [1, 1]]);
    const w = s.constant('w', [channels, perGroup, ...kernel]);
    const b = s.pick([true, false]) ? s.constant('b', [group * perGroup]) : null;
    const strides = [s.pick([2, 1, 3]), s.pick([2, 1, 3])];
    const output_padding = strides.map((stride) => s.pick([0, 1]) % stride);
    return s.b.node('convTranspose2d', s.fresh('transposed'), [x.id, w, b], {
      strides,
      pads: s.pick([[0, 0, 0, 0], [1, 1, 1, 1], pads(s, 2)]),
      dilations: [s.pick([1, 1, 2]), s.pick([1, 1, 2])],
      output_padding,
      group,
      ...fused(s),
    });
  },
  flatten(s) {
    const x = operand(s, () => true)!;
    const axis = s.pick([1, 0, 2, -1, x.shape.length]);
    return s.b.node('flatten', s.fresh('flat'), [x.id], { axis });
  },
  gelu: activation('gelu'),
  globalAveragePool(s) {
    const x = operand(s, (shape) => shape.length === 4);
    return x && s.b.node('globalAveragePool', s.fresh('mean'), [x.id]);
  },
  hardSigmoid: activation('hardSigmoid'),
  hardSwish: activation('hardSwish'),
  identity: (s) => s.b.node('identity', s.fresh('same'), [operand(s, () => true)!.id]),
  leakyRelu: activation('leakyRelu'),
  linear(s) {
    const x = operand(s, (shape) => shape.length >= 2 && isNumber(shape.at(-1)));
    if (!x) return null;
    const outputs = s.pick([3, 5, 2]);
    const w = s.constant('w', [outputs, x.shape.at(-1) as number]);
    const b = s.pick([true, false]) ? s.constant('b', [outputs]) : null;
    return s.b.node('linear', s.fresh('fc'), [x.id, w, b], fused(s));
  },
  maxPool: pool('maxPool'),
  mul: elementwise('mul'),
  relu: activation('relu'),
  reshape(s) {
    const x = operand(s, () => true)!;
    const shape = s.pick<Shape>([[0, -1], [-1], [0, 0, -1], x.shape.toReversed(), [...x.shape, 1]]);
    return s.b.node('reshape', s.fresh('shape'), [x.id], { shape });
  },
  sigmoid: activation('sigmoid'),
  silu: activation('silu'),
  softmax(s) {
    const x = operand(s, (shape) => shape.length > 0)!;
    const axis = s.pick([-1, 0, x.shape.length - 1, -x.shape.length]);
    return s.b.node('softmax', s.fresh('soft'), [x.id], { axis });
  },
  sum(s) {
    const x = operand(s, () => true)!;
    const others = s.pick([[0], [], [0, 0, 0]]).map(() => twin(s, x));
    return s.b.node('sum', s.fresh('sum'), [x.id, ...others], fused(s));
  },
};
