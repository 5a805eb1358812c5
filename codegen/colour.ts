/** Colouring: things that may not be together get different colours, few in all. */

/** Something, and what it may not share a colour with. */
export interface Vertex<T> {
  readonly apart: ReadonlySet<T>;
}

/**
 * DSATUR: always colours the vertex with the most colours around it, of those the one with the most
 * neighbours, of those the first (Brélaz 1979). Exact where two colours do.
 */
export function colour<T extends Vertex<T>>(vertices: readonly T[]): Map<T, number> {
  const colours = new Map<T, number>();
  const around = new Map(vertices.map((vertex) => [vertex, new Set<number>()]));
  const ranked = vertices.toSorted((a, b) => b.apart.size - a.apart.size);
  const ranks = new Map(ranked.map((vertex, rank) => [vertex, rank]));
  // A number for a vertex and the colours around it: the smallest is next, and those that are out of date
  // come up when the vertex has its colour.
  const queue = smallestFirst();
  const enqueue = (vertex: T) =>
    queue.push(ranks.get(vertex)! - around.get(vertex)!.size * ranked.length);
  vertices.forEach(enqueue);
  for (let key; (key = queue.pop()) !== undefined;) {
    const next = ranked[modulo(key, ranked.length)]!;
    if (colours.has(next)) continue;
    let free = 0;
    while (around.get(next)!.has(free)) free++;
    colours.set(next, free);
    for (const other of next.apart) {
      const seen = around.get(other)!;
      if (seen.has(free)) continue;
      seen.add(free);
      if (!colours.has(other)) enqueue(other);
    }
  }
  return colours;
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** A binary heap. */
function smallestFirst(): { push: (key: number) => void; pop: () => number | undefined } {
  const heap: number[] = [];
  return {
    push(key) {
      let i = heap.push(key) - 1;
      for (let up; i > 0 && heap[(up = (i - 1) >> 1)]! > key; i = up) heap[i] = heap[up]!;
      heap[i] = key;
    },
    pop() {
      const [first] = heap;
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return first;
      let i = 0;
      for (let down; (down = 2 * i + 1) < heap.length; i = down) {
        if (heap[down + 1]! < heap[down]!) down++;
        if (heap[down]! >= last) break;
        heap[i] = heap[down]!;
      }
      heap[i] = last;
      return first;
    },
  };
}
