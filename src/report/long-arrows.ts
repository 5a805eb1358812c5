/** Arrows past many ranks, which the layout is spared. */
import type { Arrow } from './diagram.ts';
import type { Point } from './point.ts';

/** dagre puts a point in every rank that an arrow crosses, and takes long where there are many. */
const MOST_CROSSINGS = 800;

/**
 * The arrows that cross the most ranks, where all together cross too many, as in densely connected
 * networks. Every box keeps an arrow from the rank above, so the ranks stay the same without them.
 */
export function longestArrows(arrows: readonly Arrow[]): Set<Arrow> {
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

/** Past all that is between, on the right. */
export function arcPast(from: Point, to: Point, width: number): Point[] {
  const x = Math.max(from.x, to.x) + width / 2;
  const bulge = 40 + Math.min((to.y - from.y) / 8, 200);
  return [
    { x: from.x, y: from.y },
    { x: x + bulge, y: (from.y + to.y) / 2 },
    { x: to.x, y: to.y },
  ];
}
