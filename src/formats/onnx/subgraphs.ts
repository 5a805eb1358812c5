/** The graphs inside nodes: bodies of If, Loop, Scan and of operators of other domains. */
import { shapeError } from '../../../ir/index.ts';
import type { GraphProto, NodeProto } from './schema/onnx_pb.ts';

/** Deeper than any exporter nests, and shallow enough for recursion. */
const MAX_DEPTH = 64;

export const graphsIn = ({ attribute }: NodeProto): GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

/** The nodes and, after each, those in its subgraphs, at any depth. */
export function* withSubgraphs(nodes: Iterable<NodeProto>, depth = 0): Generator<NodeProto> {
  if (depth > MAX_DEPTH) throw shapeError(`nests graphs more than ${MAX_DEPTH} deep`);
  for (const node of nodes) {
    yield node;
    for (const graph of graphsIn(node)) yield* withSubgraphs(graph.node, depth + 1);
  }
}

/** Names that a graph gives to values, without those inside of its nodes. */
export const definedIn = (graph: GraphProto): Set<string> =>
  new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.sparseInitializer.map(({ values }) => values?.name ?? ''),
    ...graph.node.flatMap(({ output }) => output),
  ]);

/** Names of values from outside that the node's subgraphs read. */
export function capturesOf(node: NodeProto, depth = 0): string[] {
  const graphs = graphsIn(node);
  if (graphs.length === 0) return [];
  if (depth > MAX_DEPTH) throw shapeError(`nests graphs more than ${MAX_DEPTH} deep`);
  const captured = new Set<string>();
  for (const graph of graphs) {
    const own = definedIn(graph);
    const read = graph.node.flatMap((inner) => [...inner.input, ...capturesOf(inner, depth + 1)]);
    for (const name of [...read, ...graph.output.map((output) => output.name)]) {
      if (name !== '' && !own.has(name)) captured.add(name);
    }
  }
  return [...captured];
}

/** Every name in the node and its subgraphs, read or defined. */
export function* namesIn(node: NodeProto): Generator<string> {
  for (const { input, output, attribute } of withSubgraphs([node])) {
    yield* input;
    yield* output;
    for (const { g, graphs } of attribute) {
      for (const graph of g ? [g, ...graphs] : graphs) yield* definedIn(graph);
    }
  }
}
