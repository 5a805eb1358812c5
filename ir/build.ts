/** Making nodes: attributes completed with defaults, outputs inferred. */
import type { Shape } from './dim.ts';
import { ReparamError } from './errors.ts';
import { constantsOf, type Graph, type Node, type NodeId, type NodeOf } from './graph.ts';
import type { Output, Value, ValueId } from './graph.ts';
import { inferType } from './infer.ts';
import { opDef, type AttrsOf, type OpName } from './registry.ts';
import type { Constant, DType } from './tensor.ts';

/** A node with its output inferred. `typeOf` tells the type of an operand; the output is called `output`. */
export function makeNode<K extends OpName>(
  op: K,
  inputs: readonly (ValueId | null)[],
  attrs: Partial<AttrsOf<K>>,
  typeOf: (id: ValueId) => Value,
  id: NodeId,
  output: ValueId = id,
): NodeOf<K> {
  const all = { ...opDef(op).attrs, ...attrs } as AttrsOf<K>;
  const padded = [...inputs];
  while (padded.length < opDef(op).operands.length) padded.push(null);
  const types = padded.map((input) => (input === null ? null : typeOf(input)));
  const type = inferType({ id, op, attrs: all }, types);
  return { id, op, inputs: padded, outputs: [{ id: output, ...type }], attrs: all };
}

/** Collects a graph node by node; every name is unique. The DSL, the importers and tests build with it. */
export class GraphBuilder {
  readonly #name: string;
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #consts = new Map<ValueId, Constant>();
  readonly #values = new Map<ValueId, Value>();

  constructor(name: string) {
    this.#name = name;
  }

  #define(value: Value): void {
    if (this.#values.has(value.id)) {
      throw new ReparamError('invalid-graph', `the name "${value.id}" is used twice`, value.id);
    }
    this.#values.set(value.id, value);
  }

  input(id: ValueId, shape: Shape, dtype: DType = 'f32'): ValueId {
    const value = { id, dtype, shape };
    this.#define(value);
    this.#inputs.push(value);
    return id;
  }

  constant(id: ValueId, constant: Constant): ValueId {
    this.#define({ id, dtype: constant.dtype, shape: constant.shape });
    this.#consts.set(id, constant);
    return id;
  }

  /** Adds a node called `id`, whose output has the same name. Throws a shape error that names it. */
  node<K extends OpName>(
    op: K,
    id: NodeId,
    inputs: readonly (ValueId | null)[],
    attrs: Partial<AttrsOf<K>> = {},
  ): ValueId {
    const node = makeNode(op, inputs, attrs, (value) => this.value(value), id);
    this.#define(node.outputs[0]);
    this.#nodes.push(node as Node);
    return id;
  }

  value(id: ValueId): Value {
    const value = this.#values.get(id);
    if (!value) throw new ReparamError('invalid-graph', `there is no value "${id}"`, id);
    return value;
  }

  has(id: ValueId): boolean {
    return this.#values.has(id);
  }

  finish(outputs: readonly Output[]): Graph {
    return {
      name: this.#name,
      inputs: [...this.#inputs],
      nodes: [...this.#nodes],
      outputs: [...outputs],
      consts: constantsOf(this.#consts),
    };
  }
}
