/** What is drawn of models that are too large to be drawn. */
import type { Graph } from '../../ir/index.ts';
import type { Pair } from './pairs.ts';

export interface Graphs {
  readonly source: Graph;
  readonly plain: Graph;
}

/** More nodes than this are not drawn: neither browsers nor readers cope with them. */
const MOST_NODES = 1500;

/** The first nodes; a graph is in order, so what they read is among them. */
const firstNodes = (graph: Graph, keep: (node: string) => boolean): Graph => {
  const nodes = graph.nodes.filter(({ id }) => keep(id));
  const given = new Set(nodes.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  return { ...graph, nodes, outputs: graph.outputs.filter(({ value }) => given.has(value)) };
};

/** The first nodes of the source and what became of them; small graphs as they are. */
export function excerpt({ source, plain }: Graphs, pairs: readonly Pair[]): Graphs {
  if (source.nodes.length <= MOST_NODES) return { source, plain };
  const first = new Set(source.nodes.slice(0, MOST_NODES).map(({ id }) => id));
  const results = new Set(
    pairs.filter((pair) => pair.source.every((id) => first.has(id))).flatMap((pair) => pair.plain),
  );
  return {
    source: firstNodes(source, (id) => first.has(id)),
    plain: firstNodes(plain, (id) => results.has(id)),
  };
}
