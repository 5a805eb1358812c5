/** Names for what rules add. */
import type { Graph } from '../ir/index.ts';

/** Gives names that neither the graph has nor anybody was given before. */
export function freshNames(graph: Graph): (wanted: string) => string {
  let taken: Set<string> | null = null;
  // Where the search for a number last ended, or else n equal wishes would take n² steps.
  const last = new Map<string, number>();
  return (wanted) => {
    taken ??= namesOf(graph);
    let name = wanted;
    if (taken.has(wanted)) {
      let n = last.get(wanted) ?? 1;
      do name = `${wanted}.${++n}`;
      while (taken.has(name));
      last.set(wanted, n);
    }
    taken.add(name);
    return name;
  };
}

function namesOf({ inputs, nodes, consts }: Graph): Set<string> {
  const names = new Set(Object.keys(consts));
  for (const { id } of inputs) names.add(id);
  for (const { id, outputs } of nodes) {
    names.add(id);
    for (const output of outputs) names.add(output.id);
  }
  return names;
}
