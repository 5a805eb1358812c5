/**
 * The parts of a graph that a rewrite changed. Where every region computes its value equally from equal
 * inputs, the outputs are equal: by induction along the order of the graph. So two values under one name
 * need not be trusted to be the same, that is what comparing the regions finds out.
 */
import { view, type Graph, type NodeId, type ValueId } from '../../ir/index.ts';
import { cutsOf, growSide, type Cuts, type Side } from './cuts.ts';
import { readCuts } from './duplicates.ts';
import type { Region } from './equivalence.ts';
import { isUnchanged, sameConstant } from './unchanged.ts';

/**
 * The regions that differ, in the order of the source; nodes that both graphs have alike are in none. Each
 * lies between values that both graphs have under one name and with one type. Takes time linear in the
 * number of nodes, but for values of one name that are computed from others each time.
 */
export const regionsOf = (source: Graph, rewritten: Graph): Region[] =>
  regionsBetween(source, rewritten, cutsOf(source, rewritten));

/** The regions between the cuts. */
export function regionsBetween(source: Graph, rewritten: Graph, cuts: Cuts): Region[] {
  const isCut = (id: ValueId) => cuts.has(id);
  const [from, to] = [view(readCuts(source, isCut)), view(rewritten)];
  const [sourceOrder, rewrittenOrder] = [orderOf(source), orderOf(rewritten)];
  const outputs = new Map(rewritten.outputs.map(({ name, value }) => [name, value]));
  const regions: Region[] = [];
  const known = new Set<string>();
  const open = source.outputs.map(({ name, value }) => [value, outputs.get(name)!] as const);
  for (let root; (root = open.pop()) !== undefined;) {
    const [value, rewrittenValue] = root;
    const key = value === rewrittenValue ? value : JSON.stringify(root);
    if (known.has(key)) continue;
    known.add(key);
    const [a, b] = [from.definition(value), to.definition(rewrittenValue)];
    const isSame = value === rewrittenValue && isCut(value);
    if (isSame && !a && !b) continue;
    if (isSame && a && b && isUnchanged(a, from, b, to, isCut)) {
      for (const id of a.inputs) if (id !== null && isCut(id)) open.push([id, id]);
      continue;
    }
    if (sameConstant(from.constant(value), to.constant(rewrittenValue))) continue;
    const sides = [growSide(from, isCut), growSide(to, isCut)] as const;
    sides.forEach((side, i) => {
      if (!isSame && isCut(root[i]!)) side.frontier.add(root[i]!);
      else side.extend(root[i]!);
    });
    meet(sides, cuts, (id) => from.definition(id) !== undefined);
    const inputs = [...new Set(sides.flatMap(({ frontier }) => [...frontier]))];
    inputs.sort((p, q) => cuts.get(p)! - cuts.get(q)!);
    for (const id of inputs) open.push([id, id]);
    regions.push({
      value,
      rewrittenValue,
      inputs,
      source: idsOf(sides[0], sourceOrder),
      rewritten: idsOf(sides[1], rewrittenOrder),
    });
  }
  const place = ({ source: nodes }: Region) => sourceOrder.get(nodes.at(-1) ?? '') ?? -1;
  return regions.sort((p, q) => place(p) - place(q));
}

/**
 * Extends both sides until they end at the same values, from the last value on: it may be computed from
 * what the other side ends at. Inputs of the graph count as common, also where one side does not read them.
 */
function meet(
  sides: readonly [Side, Side],
  cuts: Cuts,
  isComputed: (id: ValueId) => boolean,
): void {
  const [a, b] = sides;
  const differ = () =>
    a.frontier.size !== b.frontier.size || [...a.frontier].some((id) => !b.frontier.has(id));
  while (differ()) {
    let last: ValueId | null = null;
    for (const { frontier } of sides) {
      for (const id of frontier) {
        if (isComputed(id) && (last === null || cuts.get(id)! > cuts.get(last)!)) last = id;
      }
    }
    if (last === null) return;
    for (const side of sides) if (side.frontier.has(last)) side.extend(last);
  }
}

const orderOf = ({ nodes }: Graph): Map<NodeId, number> =>
  new Map(nodes.map(({ id }, place) => [id, place]));

const idsOf = ({ nodes }: Side, order: ReadonlyMap<NodeId, number>): NodeId[] =>
  [...nodes].map(({ id }) => id).sort((p, q) => order.get(p)! - order.get(q)!);
