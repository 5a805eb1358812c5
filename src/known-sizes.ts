/** Which sizes follow from the inputs of a file, where some of its nodes are in no graph. */
import { view, type Graph, type NodeId, type Shape } from '../ir/index.ts';

/** Nodes of which no more is known than what they give. */
type Opaque = readonly { readonly outputs: readonly string[] }[];

const symbolsIn = (shape: Shape): string[] =>
  shape.flatMap((dim) =>
    // The sizes that are computed are written as floor(…).
    typeof dim === 'number' ? [] : (dim.match(/\b(?!floor\()[A-Za-z_]\w*/g) ?? []),
  );

/** Symbols in the shapes of the inputs that no opaque node gives. */
export function ownSymbols(graph: Graph, opaque: Opaque): Set<string> {
  const given = new Set(opaque.flatMap(({ outputs }) => outputs));
  return new Set(
    graph.inputs.filter(({ id }) => !given.has(id)).flatMap(({ shape }) => symbolsIn(shape)),
  );
}

/** The nodes that read or give a tensor of which only an opaque node tells the size. */
export function nodesOfUnknownSizes(graph: Graph, opaque: Opaque): Set<NodeId> {
  const isKnown = knownIn(graph, opaque);
  const unknown = graph.nodes.filter(
    ({ inputs, outputs }) =>
      ![...inputs, ...outputs.map(({ id }) => id)].every((id) => id === null || isKnown(id)),
  );
  return new Set(unknown.map(({ id }) => id));
}

/** The graph without these nodes, and without inputs and outputs of unknown size, to be counted. */
export function withoutUnknownSizes(graph: Graph, opaque: Opaque): Graph {
  const unknown = nodesOfUnknownSizes(graph, opaque);
  if (unknown.size === 0) return graph;
  const isKnown = knownIn(graph, opaque);
  const isGone = (id: string) => unknown.has(view(graph).definition(id)?.id ?? '');
  const nodes = graph.nodes.filter(({ id }) => !unknown.has(id));
  // What a node that is gone gives, as a pool over what has an unknown height does.
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.filter((id) => id !== null)));
  const cut = [...read].filter((id) => isGone(id)).map((id) => view(graph).value(id));
  return {
    ...graph,
    inputs: [...graph.inputs.filter(({ id }) => isKnown(id)), ...cut],
    nodes,
    outputs: graph.outputs.filter(({ value }) => isKnown(value) && !isGone(value)),
  };
}

function knownIn(graph: Graph, opaque: Opaque): (id: string) => boolean {
  const own = ownSymbols(graph, opaque);
  return (id) => symbolsIn(view(graph).value(id).shape).every((symbol) => own.has(symbol));
}
