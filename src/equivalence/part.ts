/** Parts of a graph as graphs of their own, and graphs at other sizes. */
import { constantsOf, makeNode, sameShape, view } from '../../ir/index.ts';
import type { Graph, Node, NodeId, Shape, Value, ValueId } from '../../ir/index.ts';

/** The nodes as a graph from the inputs to the one value, its output `name`. */
export function partOf(
  graph: Graph,
  nodes: readonly NodeId[],
  inputs: readonly ValueId[],
  value: ValueId,
  name: string,
): Graph {
  const g = view(graph);
  const wanted = new Set(nodes);
  const own = graph.nodes.filter(({ id }) => wanted.has(id));
  const read = new Set([value, ...own.flatMap((node) => node.inputs)]);
  const constants = [...read].flatMap((id) => {
    const constant = id === null ? undefined : g.constant(id);
    return constant ? [[id!, constant] as const] : [];
  });
  return {
    name,
    inputs: inputs.map(g.value),
    nodes: own,
    outputs: [{ name, value }],
    consts: constantsOf(constants),
  };
}

/** The graph with inputs of other shapes. Throws a `shape` error where they do not fit. */
export function withShapes(graph: Graph, shapes: ReadonlyMap<ValueId, Shape>): Graph {
  const g = view(graph);
  const inputs = graph.inputs.map((value) => ({ ...value, shape: shapes.get(value.id)! }));
  if (inputs.every(({ shape }, i) => sameShape(shape, graph.inputs[i]!.shape))) return graph;
  const values = new Map<ValueId, Value>(inputs.map((value) => [value.id, value]));
  const typeOf = (id: ValueId): Value => values.get(id) ?? g.value(id);
  const nodes = graph.nodes.map((node) => {
    const { op, attrs, id, outputs } = node;
    const made = makeNode(op, node.inputs, attrs, typeOf, id, outputs[0].id) as Node;
    values.set(made.outputs[0].id, made.outputs[0]);
    return made;
  });
  return { ...graph, inputs, nodes };
}
