/**
 * Patterns: what a rule looks for, as a tree over operators. A pattern is matched against a value and
 * gives every way in which it fits, each as a record of what the pattern's names stand for.
 */
import {
  activationNames,
  isActivation,
  type Constant,
  type Node,
  type NodeOf,
  type OpName,
} from '../ir/index.ts';
import type { ActivationName, Value, ValueId, View } from '../ir/index.ts';

/** A constant operand: its type, and its data or expression. */
export interface ConstantValue extends Value {
  readonly constant: Constant;
}

export interface Pattern<B extends object> {
  /** The ops whose output can match; null for any value. */
  readonly ops: readonly OpName[] | null;
  /** What a match binds. */
  readonly names: readonly string[];
  readonly match: (value: ValueId | null, g: View) => Iterable<B>;
}

/** What a list of patterns binds together. */
type All<P> = P extends readonly [Pattern<infer B>, ...infer Rest] ? B & All<Rest> : unknown;
type AnyPattern = Pattern<object>;

/** Any value. */
export const any = <N extends string>(name: N): Pattern<Record<N, Value>> => ({
  ops: null,
  names: [name],
  *match(id, g) {
    if (id !== null) yield { [name]: g.value(id) } as Record<N, Value>;
  },
});

/** A constant. */
export const constant = <N extends string>(name: N): Pattern<Record<N, ConstantValue>> => ({
  ops: null,
  names: [name],
  *match(id, g) {
    const found = id === null ? undefined : g.constant(id);
    if (!found) return;
    const { dtype, shape } = found;
    yield { [name]: { id, dtype, shape, constant: found } } as Record<N, ConstantValue>;
  },
});

/** The pattern, or an absent operand; its names are then null. */
export const optional = <B extends object>(
  pattern: Pattern<B>,
): Pattern<{ [N in keyof B]: B[N] | null }> => ({
  ops: null,
  names: pattern.names,
  *match(id, g) {
    if (id !== null) yield* pattern.match(id, g);
    else yield Object.fromEntries(pattern.names.map((n) => [n, null])) as Record<keyof B, null>;
  },
});

/** Whichever of the patterns fit; names that the fitting one does not bind are null. */
export const oneOf = <P extends readonly AnyPattern[]>(
  ...patterns: P
): Pattern<Alternatives<P[number]>> => {
  const names = [...new Set(patterns.flatMap((p) => p.names))];
  const unbound = Object.fromEntries(names.map((n) => [n, null]));
  return {
    ops: patterns.some((p) => p.ops === null) ? null : patterns.flatMap((p) => p.ops!),
    names,
    *match(id, g) {
      for (const pattern of patterns) {
        for (const match of pattern.match(id, g)) {
          yield { ...unbound, ...match } as Alternatives<P[number]>;
        }
      }
    },
  };
};
type Bound<P> = P extends Pattern<infer B> ? B : never;
type KeyOf<B> = B extends unknown ? keyof B : never;
type ValueOf<B, N extends PropertyKey> = B extends unknown
  ? N extends keyof B
    ? B[N]
    : null
  : never;
type Alternatives<P> = { [N in KeyOf<Bound<P>>]: ValueOf<Bound<P>, N> };

/** What the patterns bind of the operands in their order, beside what is bound already: every combination. */
function matchOperands(
  bound: object,
  patterns: readonly AnyPattern[],
  inputs: readonly (ValueId | null)[],
  g: View,
): readonly object[] {
  let all = [bound];
  for (const [i, pattern] of patterns.entries()) {
    const [first, ...others] = pattern.match(inputs[i] ?? null, g);
    if (!first) return [];
    // Nearly always there is one way, for which nothing is copied again.
    if (others.length === 0) for (const match of all) Object.assign(match, first);
    else all = all.flatMap((match) => [first, ...others].map((one) => ({ ...match, ...one })));
  }
  return all;
}

/** A node of the op, its operands in order; operands without a pattern may be anything. */
export const op = <K extends OpName, N extends string, P extends readonly AnyPattern[]>(
  kind: K,
  name: N,
  ...operands: P
): Pattern<Record<N, NodeOf<K>> & All<P>> => ({
  ops: [kind],
  names: [name, ...operands.flatMap((p) => p.names)],
  *match(id, g) {
    const node = id === null ? undefined : g.definition(id);
    if (node?.op !== kind) return;
    yield* matchOperands({ [name]: node }, operands, node.inputs, g) as (Record<N, NodeOf<K>> &
      All<P>)[];
  },
});

/** The pattern's matches for which the guard holds; the others are not candidates at all. */
export const where = <B extends object>(
  pattern: Pattern<B>,
  guard: (match: B, g: View) => boolean,
): Pattern<B> => ({
  ...pattern,
  *match(id, g) {
    for (const match of pattern.match(id, g)) if (guard(match, g)) yield match;
  },
});

/** An activation of the pattern. */
export const activation = <N extends string, B extends object>(
  name: N,
  operand: Pattern<B>,
): Pattern<Record<N, NodeOf<ActivationName>> & B> => ({
  ops: activationNames,
  names: [name, ...operand.names],
  *match(id, g) {
    const node = id === null ? undefined : g.definition(id);
    if (!node || !isActivation(node.op)) return;
    for (const match of operand.match(node.inputs[0]!, g)) {
      yield { [name]: node, ...match } as Record<N, NodeOf<ActivationName>> & B;
    }
  },
});

/** A sum and any one of its operands. */
export const operandOf = <N extends string, B extends object>(
  name: N,
  operand: Pattern<B>,
): Pattern<Record<N, NodeOf<'sum'>> & B> => ({
  ops: ['sum'],
  names: [name, ...operand.names],
  *match(id, g) {
    const node = id === null ? undefined : g.definition(id);
    if (node?.op !== 'sum') return;
    for (const input of new Set(node.inputs)) {
      for (const match of operand.match(input, g)) {
        yield { [name]: node, ...match } as Record<N, NodeOf<'sum'>> & B;
      }
    }
  },
});

/** The places of two operands of a sum. */
export interface Pair {
  readonly at: readonly [number, number];
}

/**
 * A sum and two of its operands, whatever their places. `symmetric` patterns take each pair of
 * operands once, in their order; others both ways round.
 */
export const sumOf = <N extends string, A extends object, B extends object>(
  name: N,
  first: Pattern<A>,
  second: Pattern<B>,
  options: { readonly symmetric: boolean },
): Pattern<Record<N, NodeOf<'sum'>> & Pair & A & B> => ({
  ops: ['sum'],
  names: [name, 'at', ...first.names, ...second.names],
  *match(id, g) {
    const node = id === null ? undefined : g.definition(id);
    if (node?.op !== 'sum') return;
    // Each operand is looked at once, not once for each other.
    const seconds: (readonly B[])[] = [];
    for (let i = 0; i < node.inputs.length; i++) {
      for (const a of first.match(node.inputs[i]!, g)) {
        for (let j = options.symmetric ? i + 1 : 0; j < node.inputs.length; j++) {
          if (i === j) continue;
          for (const b of (seconds[j] ??= [...second.match(node.inputs[j]!, g)])) {
            yield { [name]: node, at: [i, j], ...a, ...b } as unknown as Record<N, NodeOf<'sum'>> &
              Pair &
              A &
              B;
          }
        }
      }
    }
  },
});

/** The nodes among what a match binds. */
export const matchedNodes = (match: object): Node[] =>
  Object.values(match).filter(
    (bound): bound is Node => typeof bound === 'object' && bound !== null && 'op' in bound,
  );
