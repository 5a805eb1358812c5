/** Definitions and users of a graph's values, derived once and kept as long as the graph is. */
import type { Shape } from './dim.ts';
import { ReparamError } from './errors.ts';
import type { Graph, Node, Value, ValueId } from './graph.ts';
import type { Constant } from './tensor.ts';

export interface View {
  readonly graph: Graph;
  /** The node that computes the value; undefined for inputs and constants. */
  readonly definition: (id: ValueId) => Node | undefined;
  /** The nodes that read the value, each once for each operand, in order. */
  readonly users: (id: ValueId) => readonly Node[];
  /** How often the value is read; being an output of the graph counts as a use. */
  readonly useCount: (id: ValueId) => number;
  readonly isOutput: (id: ValueId) => boolean;
  readonly constant: (id: ValueId) => Constant | undefined;
  /** Throws if there is no such value. */
  readonly value: (id: ValueId) => Value;
  readonly shape: (id: ValueId) => Shape;
}

const views = new WeakMap<Graph, View>();
const none: readonly Node[] = [];

/** Safe to memoise, since graphs never change. */
export function view(graph: Graph): View {
  const known = views.get(graph);
  if (known) return known;
  const made = makeView(graph);
  views.set(graph, made);
  return made;
}

function makeView(graph: Graph): View {
  const values = new Map<ValueId, Value>();
  const definitions = new Map<ValueId, Node>();
  const users = new Map<ValueId, Node[]>();
  const outputUses = new Map<ValueId, number>();
  for (const input of graph.inputs) values.set(input.id, input);
  for (const [id, { dtype, shape }] of Object.entries(graph.consts)) {
    values.set(id, { id, dtype, shape });
  }
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      values.set(output.id, output);
      definitions.set(output.id, node);
    }
    for (const input of node.inputs) {
      if (input === null) continue;
      const list = users.get(input);
      if (list) list.push(node);
      else users.set(input, [node]);
    }
  }
  for (const { value } of graph.outputs) outputUses.set(value, (outputUses.get(value) ?? 0) + 1);
  const value = (id: ValueId): Value => {
    const found = values.get(id);
    if (!found) throw new ReparamError('invalid-graph', `there is no value %${id}`, id);
    return found;
  };
  return {
    graph,
    definition: (id) => definitions.get(id),
    users: (id) => users.get(id) ?? none,
    useCount: (id) => (users.get(id)?.length ?? 0) + (outputUses.get(id) ?? 0),
    isOutput: (id) => outputUses.has(id),
    constant: (id) => (Object.hasOwn(graph.consts, id) ? graph.consts[id] : undefined),
    value,
    shape: (id) => value(id).shape,
  };
}
