/** Which nodes became which, numbered and coloured for the reader. */
import type { Graph, NodeId } from '../../ir/index.ts';
import type { Region } from '../equivalence/index.ts';

/** How many colours the page has for regions; neighbours in order differ. */
export const COLOURS = 6;

export interface Pair {
  readonly source: readonly NodeId[];
  readonly plain: readonly NodeId[];
  /** Counted from 1 over the regions that were merged; 0 for a node that stayed as it was. */
  readonly number: number;
  /** What the names of the source's nodes have in common: `stage1.2`. */
  readonly name: string;
}

/** Pairs in the order of the plain graph; regions of several nodes have a number. */
export function pairsOf(regions: readonly Region[]): Pair[] {
  let merged = 0;
  return regions.map(({ value, source, rewritten }) => {
    const several = source.length > 1 || rewritten.length > 1;
    return {
      source,
      plain: rewritten,
      number: several ? ++merged : 0,
      name: commonName(source) || value,
    };
  });
}

/** The nodes of a graph that are in no region: nothing needs them, or another does their work. */
export function unpaired(graph: Graph, side: 'source' | 'plain', pairs: readonly Pair[]): NodeId[] {
  const paired = new Set(pairs.flatMap((pair) => pair[side]));
  return graph.nodes.filter(({ id }) => !paired.has(id)).map(({ id }) => id);
}

/** By node, the pair that it is in; the first where regions overlap. */
export function pairByNode(side: 'source' | 'plain', pairs: readonly Pair[]): Map<NodeId, Pair> {
  const byNode = new Map<NodeId, Pair>();
  for (const pair of pairs) {
    for (const id of pair[side]) if (!byNode.has(id)) byNode.set(id, pair);
  }
  return byNode;
}

/** Names are paths, with dots or slashes between their steps. */
function commonName(names: readonly NodeId[]): string {
  const [first = '', ...others] = names;
  if (others.length === 0) return first;
  let length = first.length;
  for (const name of others) {
    let same = 0;
    while (same < length && first[same] === name[same]) same++;
    length = same;
  }
  const whole = names.every((name) => name.length === length || /[./]/.test(name[length]!));
  const common = whole ? first.slice(0, length) : first.slice(0, length).replace(/[^./]*$/, '');
  return common.replace(/^[./]+|[./]+$/g, '');
}
