/**
 * The graph: immutable plain data. Nodes name their inputs and outputs and stand in an order in which
 * every value is defined before it is used.
 *
 *     graph  ::= inputs, nodes, outputs, consts
 *     node   ::= id, op, inputs (value ids; an absent optional operand is null), outputs, attrs
 *     value  ::= an input of the graph, a constant, or an output of a node
 */
import type { Shape } from './dim.ts';
import { ReparamError } from './errors.ts';
import type { AttrsOf, OpName } from './registry.ts';
import type { Constant, DType } from './tensor.ts';

export type ValueId = string;
export type NodeId = string;

export interface Value {
  readonly id: ValueId;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface NodeOf<K extends OpName> {
  readonly id: NodeId;
  readonly op: K;
  readonly inputs: readonly (ValueId | null)[];
  readonly outputs: readonly [Value, ...Value[]];
  readonly attrs: Readonly<AttrsOf<K>>;
}

/** A discriminated union: `node.op === 'conv2d'` narrows `node.attrs`. */
export type Node = { [K in OpName]: NodeOf<K> }[OpName];

/** A result under the name by which users ask for it. */
export interface Output {
  readonly name: string;
  readonly value: ValueId;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Output[];
  /** Weights live beside the nodes. `view(graph).constant(id)` reads one, whatever its name. */
  readonly consts: Readonly<Record<ValueId, Constant>>;
}

/** The record without a prototype, so that `__proto__` and `constructor` are names like any other. */
export const constantsOf = (
  entries: Iterable<readonly [ValueId, Constant]>,
): Record<ValueId, Constant> => {
  const consts = Object.create(null) as Record<ValueId, Constant>;
  for (const [id, constant] of entries) consts[id] = constant;
  return consts;
};

/** Throws an `input` error where it is something else. `taker` is the function that was given it. */
export function expectGraph(given: unknown, taker: string): Graph {
  const has = (key: string) => typeof given === 'object' && given !== null && key in given;
  if (['inputs', 'nodes', 'outputs', 'consts'].every(has)) return given as Graph;
  let remedy = 'make one with model() or parse()';
  if (has('graph')) remedy = 'what compile() returns has it as .graph';
  if (given instanceof Promise) remedy = 'this is a promise; await it first';
  throw new ReparamError('input', `${taker} takes a graph; ${remedy}`);
}
