/** Names for what rules add. */
import type { Graph } from '../ir/index.ts';

/** Gives names that neither the graph has nor anybody was given before. */
export function freshNames(graph: Graph): (wanted: string) => string {
  let taken: Set<string> | null = null;
  const counts = new Map<string, number>();
  return (wanted) => {
    taken ??= namesOf(graph);
    let name = wanted;
    let n = counts.get(wanted) ?? 1;
    while (taken.has(name)) name = `${wanted}.${++n}`;
    counts.set(wanted, n);
    taken.add(name);
    return name;
  };
}

function namesOf(graph: Graph): Set<string> {
  const names = new Set<string>(Object.keys(graph.consts));
  for (const { id } of graph.inputs) names.add(id);
  for (const node of graph.nodes) {
    names.add(node.id);
    for (const { id } of node.outputs) names.add(id);
  }
  return names;
}
