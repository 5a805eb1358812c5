/** Which nodes became which, numbered and coloured for the reader. */
import type { Graph, NodeId } from '../../ir/index.ts';
import type { Region } from '../equivalence/index.ts';

/** How many colours the page has for regions; neighbours in order differ. */
export const COLOURS = 6;

export interface Pair {
  readonly source: readonly NodeId[];
  readonly plain: readonly NodeId[];
  /** Counted from 1 over the regions that changed; 0 for a node that stayed as it was. */
  readonly number: number;
  /** What the names of the source's nodes have in common: `stage1.2`. */
  readonly name: string;
}

/** The regions with their numbers, then the nodes that both graphs have alike. */
export function pairsOf(source: Graph, plain: Graph, regions: readonly Region[]): Pair[] {
  const before = new Map(source.nodes.map((node) => [node.id, node]));
  const after = new Map(plain.nodes.map((node) => [node.id, node]));
  // One node that is still there has other weights at most.
  const isAlike = ({ source: from, rewritten: to }: Region) =>
    from.length === 1 &&
    to.length === 1 &&
    from[0] === to[0] &&
    before.get(from[0]!)?.op === after.get(from[0]!)?.op;
  const changed = regions
    .filter((region) => region.source.length + region.rewritten.length > 0 && !isAlike(region))
    .map((region, i) => ({
      source: region.source,
      plain: region.rewritten,
      number: i + 1,
      name: commonName(region.source) || region.value,
    }));
  const inRegion = new Set(changed.flatMap((pair) => pair.source));
  const alike = source.nodes
    .filter(({ id }) => after.has(id) && !inRegion.has(id))
    .map(({ id }) => ({ source: [id], plain: [id], number: 0, name: id }));
  return [...changed, ...alike];
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
