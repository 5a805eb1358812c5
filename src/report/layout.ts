/** Where boxes and arrows go. dagre does it, from one bottleneck of the graph to the next. */
import { Graph as Layout, layout as runDagre } from '@dagrejs/dagre';
import type { Arrow, Diagram } from './diagram.ts';
import { arcPast, longestArrows } from './long-arrows.ts';
import type { Point } from './point.ts';

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

/** The heavier, the shorter: so branches stand high, side by side, and not each just above its sum. */
function weightOf({ from, to }: Arrow, { boxes }: Diagram): number {
  if (boxes[from]!.readers > 1) return 4;
  return boxes[to]!.operands > 1 ? 1 : 3;
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
  const apart = longestArrows(arrows.map((i) => diagram.arrows[i]!));
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
    return arcPast(
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
