/** Values that two graphs share, and what lies between them. */
import { sameShape, type Graph, type Node, type ValueId, type View } from '../../ir/index.ts';

/** Values that are taken to be the same in both graphs, with their places in the order of the source. */
export type Cuts = ReadonlyMap<ValueId, number>;

/**
 * The values under one name and of one type in both graphs, constants excepted.
 */
export function cutsOf(source: Graph, rewritten: Graph): Cuts {
  const others = new Map(valuesOf(rewritten).map((value) => [value.id, value]));
  const cuts = new Map<ValueId, number>();
  valuesOf(source).forEach(({ id, dtype, shape }, place) => {
    const other = others.get(id);
    if (other && other.dtype === dtype && sameShape(other.shape, shape)) cuts.set(id, place);
  });
  return cuts;
}

const valuesOf = ({ inputs, nodes }: Graph) => [
  ...inputs,
  ...nodes.flatMap((node) => node.outputs),
];

/** One graph's half of a region, which grows backwards from the region's value. */
export interface Side {
  /** The cuts that it ends at. */
  readonly frontier: Set<ValueId>;
  readonly nodes: Set<Node>;
  /** Takes the node that computes the value, and what lies between it and the cuts before it. */
  readonly extend: (id: ValueId) => void;
}

export function growSide(g: View, isCut: (id: ValueId) => boolean): Side {
  const frontier = new Set<ValueId>();
  const nodes = new Set<Node>();
  const extend = (from: ValueId): void => {
    frontier.delete(from);
    const open = [from];
    for (let id; (id = open.pop()) !== undefined;) {
      const node = g.definition(id);
      if (!node || nodes.has(node)) continue;
      nodes.add(node);
      for (const input of node.inputs) {
        if (input === null) continue;
        const isInside = nodes.has(g.definition(input)!);
        if (isCut(input) && !isInside) frontier.add(input);
        else open.push(input);
      }
    }
  };
  return { frontier, nodes, extend };
}
