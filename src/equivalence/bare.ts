/** Regions without the activation at their end, which hides where what is before it differs. */
import { activations, isActivation, view, type Graph } from '../../ir/index.ts';
import type { Pair } from './shrink.ts';

/** A graph of one output without its last activation, and which one that is; null where there is none. */
function withoutActivation(graph: Graph): { graph: Graph; act: string } | null {
  const [output] = graph.outputs;
  const last = view(graph).definition(output!.value);
  if (!last) return null;
  if (isActivation(last.op)) {
    const attrs = last.attrs as Record<string, number>;
    const params = Object.keys(activations[last.op].params).map((name) => attrs[name]);
    const outputs = [{ name: output!.name, value: last.inputs[0]! }];
    return { graph: { ...graph, outputs }, act: JSON.stringify([last.op, params]) };
  }
  if (!('act' in last.attrs) || last.attrs.act === 'none') return null;
  const { act, actParams } = last.attrs;
  const bare = { ...last, attrs: { ...last.attrs, act: 'none', actParams: [] } } as typeof last;
  const nodes = graph.nodes.map((node) => (node === last ? bare : node));
  return { graph: { ...graph, nodes }, act: JSON.stringify([act, actParams]) };
}

/** Both without the same last activation; null where they have none, or not the same. */
export function bare({ source, rewritten }: Pair): Pair | null {
  const [a, b] = [withoutActivation(source), withoutActivation(rewritten)];
  return a && b && a.act === b.act ? { source: a.graph, rewritten: b.graph } : null;
}
