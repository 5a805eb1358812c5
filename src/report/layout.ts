/** Where boxes and arrows go. dagre does it, from one bottleneck of the graph to the next. */
import { Graph as Layout, layout as runDagre } from '@dagrejs/dagre';
import type { Arrow, Diagram } from './diagram.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** In the order of the diagram's boxes and arrows; boxes by their centres. All coordinates are 0 or more. */
export interface Placed {
  readonly centres: readonly Point[];
  readonly paths: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

const spacing = { rankdir: 'TB', nodesep: 16, edgesep: 12, ranksep: 30 };

/**
 * Boxes through which everything before them goes that is still needed after. Between two of them the
 * graph is laid out alone, so that equal blocks look the same and the time grows with their number only.
 */
function bottlenecks({ boxes, arrows }: Diagram): number[] {
  const lastUse = boxes.map((_, i) => i);
  for (const { from, to } of arrows) lastUse[from] = Math.max(lastUse[from]!, to);
  let reach = 0;
  return boxes.flatMap((_, i) => {
    const narrow = reach <= i;
    reach = Math.max(reach, lastUse[i]!);
    return narrow ? [i] : [];
  });
}

export function place(diagram: Diagram): Placed {
  const count = diagram.boxes.length;
  const cuts = [...new Set([...bottlenecks(diagram), count - 1])];
  const centres: Point[] = new Array<Point>(count);
  const paths: (readonly Point[])[] = new Array<readonly Point[]>(diagram.arrows.length);
  let from = 0;
  for (const to of cuts) {
    const arrows = arrowsBetween(diagram, from, to);
    const part = placePart(diagram, from, to, arrows);
    const known = centres[from];
    const [dx, dy] = known ? [known.x - part.centres[0]!.x, known.y - part.centres[0]!.y] : [0, 0];
    const move = ({ x, y }: Point): Point => ({ x: x + dx, y: y + dy });
    part.centres.forEach((point, i) => (centres[from + i] = move(point)));
    arrows.forEach((arrow, i) => (paths[arrow] = part.paths[i]!.map(move)));
    from = to;
  }
  return normalise(diagram, centres, paths);
}

/** dagre puts a point in every rank that an arrow crosses, and takes long where there are many. */
const MOST_CROSSINGS = 800;

/**
 * The arrows that cross the most ranks, where all together cross too many, as in densely connected
 * networks. Every box keeps an arrow from the rank above, so the ranks stay the same without them.
 */
function longest(arrows: readonly Arrow[]): Set<Arrow> {
  const rank = new Map<number, number>();
  for (const arrow of arrows) {
    const above = rank.get(arrow.from) ?? 0;
    rank.set(arrow.to, Math.max(above + 1, rank.get(arrow.to) ?? 0));
  }
  const crossed = (arrow: Arrow) => rank.get(arrow.to)! - (rank.get(arrow.from) ?? 0) - 1;
  const byLength = [...arrows].sort((a, b) => crossed(a) - crossed(b));
  let sum = 0;
  return new Set(byLength.filter((arrow) => (sum += crossed(arrow)) > MOST_CROSSINGS));
}

/** The heavier, the shorter: so branches stand high, side by side, and not each just above its sum. */
function weightOf({ from, to }: Arrow, { boxes }: Diagram): number {
  if (boxes[from]!.readers > 1) return 4;
  return boxes[to]!.operands > 1 ? 1 : 3;
}

/** Past all that is between, on the right. */
function arc(from: Point, to: Point, width: number): Point[] {
  const x = Math.max(from.x, to.x) + width / 2;
  const bulge = 40 + Math.min((to.y - from.y) / 8, 200);
  return [
    { x: from.x, y: from.y },
    { x: x + bulge, y: (from.y + to.y) / 2 },
    { x: to.x, y: to.y },
  ];
}

/** Arrows are ordered by where they go. */
function arrowsBetween({ arrows }: Diagram, from: number, to: number): number[] {
  const found: number[] = [];
  let low = 0;
  let high = arrows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrows[middle]!.to > from) high = middle;
    else low = middle + 1;
  }
  for (let i = low; i < arrows.length && arrows[i]!.to <= to; i++) found.push(i);
  return found;
}

function placePart(diagram: Diagram, from: number, to: number, arrows: readonly number[]) {
  const dagre = new Layout({ multigraph: true });
  dagre.setGraph({ ...spacing });
  for (let i = from; i <= to; i++) {
    const { width, height } = diagram.boxes[i]!;
    dagre.setNode(`${i}`, { width, height });
  }
  const apart = longest(arrows.map((i) => diagram.arrows[i]!));
  for (const i of arrows) {
    const arrow = diagram.arrows[i]!;
    if (apart.has(arrow)) continue;
    const weight = weightOf(arrow, diagram);
    dagre.setEdge(`${arrow.from}`, `${arrow.to}`, { weight }, `${i}`);
  }
  runDagre(dagre);
  const centres: Point[] = [];
  for (let i = from; i <= to; i++) {
    const { x, y } = dagre.node(`${i}`) as Point;
    centres.push({ x, y });
  }
  const paths = arrows.map((i) => {
    const arrow = diagram.arrows[i]!;
    if (apart.has(arrow)) return drawApart(arrow);
    const edge = dagre.edge(`${arrow.from}`, `${arrow.to}`, `${i}`) as { points: Point[] };
    return edge.points.map(({ x, y }) => ({ x, y }));
  });
  return { centres, paths };

  function drawApart(arrow: Arrow): Point[] {
    const [a, b] = [diagram.boxes[arrow.from]!, diagram.boxes[arrow.to]!];
    const [start, end] = [centres[arrow.from - from]!, centres[arrow.to - from]!];
    return arc(
      { x: start.x, y: start.y + a.height / 2 },
      { x: end.x, y: end.y - b.height / 2 },
      Math.max(a.width, b.width),
    );
  }
}

function normalise(
  { boxes }: Diagram,
  centres: readonly Point[],
  paths: readonly (readonly Point[])[],
): Placed {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  const include = ({ x, y }: Point, w: number, h: number): void => {
    left = Math.min(left, x - w / 2);
    right = Math.max(right, x + w / 2);
    top = Math.min(top, y - h / 2);
    bottom = Math.max(bottom, y + h / 2);
  };
  centres.forEach((point, i) => include(point, boxes[i]!.width, boxes[i]!.height));
  for (const path of paths) for (const point of path) include(point, 0, 0);
  const move = ({ x, y }: Point): Point => ({ x: x - left, y: y - top });
  return {
    centres: centres.map(move),
    paths: paths.map((path) => path.map(move)),
    width: right - left,
    height: bottom - top,
  };
}

/**
 * Moves ranks down such that each box is level with what it came from, where that is known. Ranks keep
 * their order and never come closer, so nothing overlaps that did not before.
 */
export function align(placed: Placed, wanted: (box: number) => number | undefined): Placed {
  const ranks = [...new Set(placed.centres.map(({ y }) => Math.round(y)))].sort((a, b) => a - b);
  const wishes = new Map<number, number>();
  placed.centres.forEach(({ y }, box) => {
    const wish = wanted(box);
    const rank = Math.round(y);
    if (wish !== undefined) wishes.set(rank, Math.max(wish, wishes.get(rank) ?? -Infinity));
  });
  const levels: number[] = [];
  ranks.forEach((rank, i) => {
    const least = i === 0 ? rank : levels[i - 1]! + rank - ranks[i - 1]!;
    levels.push(Math.max(least, wishes.get(rank) ?? least));
  });
  const stretch = (y: number): number => {
    let i = ranks.findIndex((rank) => rank > y);
    if (i === 0) return levels[0]! + y - ranks[0]!;
    if (i < 0) i = ranks.length;
    const low = ranks[i - 1]!;
    // The height of boxes stays: what is stretched are the arrows in the middle of the gap.
    const gap = (ranks[i] ?? y + 1) - low;
    const extra = i < ranks.length ? levels[i]! - levels[i - 1]! - gap : 0;
    const t = Math.min(1, Math.max(0, ((y - low) / gap - 0.35) / 0.3));
    return levels[i - 1]! + (y - low) + t * extra;
  };
  const move = ({ x, y }: Point): Point => ({ x, y: stretch(y) });
  return {
    ...placed,
    centres: placed.centres.map(({ x, y }) => ({ x, y: stretch(Math.round(y)) })),
    paths: placed.paths.map((path) => path.map(move)),
    height: stretch(placed.height),
  };
}
