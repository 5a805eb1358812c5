/** Removes nodes that no output needs, and constants that nobody reads. */
import type { Graph, ValueId } from '../ir/index.ts';
import { produce, undrafted } from './produce.ts';

const clean = new WeakSet<Graph>();

/** Memoised: rules begin with it, and graphs never change. */
export function dropDeadCode(graph: Graph): Graph {
  if (clean.has(graph)) return graph;
  const left = withoutDeadCode(graph);
  clean.add(left);
  return left;
}

function withoutDeadCode(graph: Graph): Graph {
  const needed = new Set<ValueId>(graph.outputs.map(({ value }) => value));
  const alive = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(({ id }) => needed.has(id))) continue;
    alive.add(node.id);
    for (const id of node.inputs) if (id !== null) needed.add(id);
  }
  const unread = Object.keys(graph.consts).filter((id) => !needed.has(id));
  if (alive.size === graph.nodes.length && unread.length === 0) return graph;
  return produce(graph, (draft) => {
    if (alive.size < graph.nodes.length) {
      draft.nodes = undrafted(graph.nodes.filter(({ id }) => alive.has(id)));
    }
    for (const id of unread) delete draft.consts[id];
  });
}
