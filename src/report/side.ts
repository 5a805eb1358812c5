/** One of the two graphs where it is drawn, and the frames around some of its nodes. */
import type { Diagram } from './diagram.ts';
import type { Placed } from './layout.ts';
import type { Point } from './point.ts';
import { COLOURS, type Pair } from './pairs.ts';

export interface Side {
  readonly name: 'source' | 'plain';
  readonly diagram: Diagram;
  readonly placed: Placed;
  readonly box: Map<string, number>;
  readonly pairs: Map<string, Pair>;
  /** Where its left edge is. */
  readonly x: number;
}

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Between a frame and what is in it. */
export const PADDING = 9;

export const round = (x: number): number => Math.round(x * 10) / 10;
/** The class that sets its colour. */
export const colourOf = (pair: Pair): string => `c${(pair.number - 1) % COLOURS}`;

export const centre = ({ placed, x }: Side, box: number): Point => {
  const point = placed.centres[box]!;
  return { x: point.x + x, y: point.y };
};

export function frameOf(side: Side, nodes: readonly string[]): Frame | undefined {
  const found = nodes.map((id) => side.box.get(id)).filter((box) => box !== undefined);
  if (found.length === 0) return undefined;
  const edges = found.map((i) => {
    const { x, y } = centre(side, i);
    const { width, height } = side.diagram.boxes[i]!;
    return {
      left: x - width / 2,
      right: x + width / 2,
      top: y - height / 2,
      bottom: y + height / 2,
    };
  });
  return {
    left: Math.min(...edges.map((edge) => edge.left)) - PADDING,
    right: Math.max(...edges.map((edge) => edge.right)) + PADDING,
    top: Math.min(...edges.map((edge) => edge.top)) - PADDING,
    bottom: Math.max(...edges.map((edge) => edge.bottom)) + PADDING,
  };
}
