/** What became what, by the names of values that both graphs have. */
import { view, type Graph, type NodeId } from '../../ir/index.ts';
import type { Region } from '../equivalence/index.ts';

export function regionsOf(source: Graph, rewritten: Graph): Region[] {
  const s = view(source);
  const known = new Set(rewritten.inputs.map(({ id }) => id));
  for (const node of rewritten.nodes) known.add(node.outputs[0].id);
  return rewritten.nodes.map((node) => {
    const value = node.outputs[0].id;
    const stop = new Set(node.inputs.filter((id) => id !== null && known.has(id)));
    const found = new Set<NodeId>();
    const walk = (id: string): void => {
      const definition = s.definition(id);
      if (!definition || found.has(definition.id)) return;
      found.add(definition.id);
      for (const input of definition.inputs) if (input !== null && !stop.has(input)) walk(input);
    };
    walk(value);
    return {
      value,
      inputs: [...stop].filter((id) => id !== null),
      source: source.nodes.filter(({ id }) => found.has(id)).map(({ id }) => id),
      rewritten: [node.id],
    };
  });
}
