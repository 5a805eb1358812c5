/** Moving one graph's boxes level with another's. */
import type { Placed } from './layout.ts';
import type { Point } from './point.ts';

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
