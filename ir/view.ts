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
  const useCounts = new Map<ValueId, number>();
  const count = (id: ValueId) => useCounts.set(id, (useCounts.get(id) ?? 0) + 1);
  for (const input of graph.inputs) values.set(input.id, input);
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      values.set(output.id, output);
      definitions.set(output.id, node);
    }
    for (const input of node.inputs) if (input !== null) count(input);
  }
  const outputs = new Set(graph.outputs.map((output) => output.value));
  for (const output of graph.outputs) count(output.value);
  let users: ReadonlyMap<ValueId, readonly Node[]> | null = null;
  // Of tens of thousands of names, a map finds one several times as fast as an object.
  const constants = new Map(Object.entries(graph.consts));
  const constant = (id: ValueId) => constants.get(id);
  const value = (id: ValueId): Value => {
    const known = values.get(id);
    if (known) return known;
    const found = constant(id);
    if (!found) throw new ReparamError('invalid-graph', `there is no value %${id}`, id);
    const made = { id, dtype: found.dtype, shape: found.shape };
    values.set(id, made);
    return made;
  };
  return {
    graph,
    definition: (id) => definitions.get(id),
    users: (id) => (users ??= usersOf(graph)).get(id) ?? none,
    useCount: (id) => useCounts.get(id) ?? 0,
    isOutput: (id) => outputs.has(id),
    constant,
    value,
    shape: (id) => value(id).shape,
  };
}

function usersOf(graph: Graph): ReadonlyMap<ValueId, readonly Node[]> {
  const users = new Map<ValueId, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input === null) continue;
      const list = users.get(input);
      if (list) list.push(node);
      else users.set(input, [node]);
    }
  }
  return users;
}
