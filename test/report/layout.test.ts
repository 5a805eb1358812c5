import { describe, expect, it } from 'vitest';
import { batchNorm, concat, conv2d, model, relu, type Sym } from '../../src/index.ts';
import { align } from '../../src/report/align.ts';
import { makeDiagram, type Diagram } from '../../src/report/diagram.ts';
import { place, type Placed } from '../../src/report/layout.ts';
import type { Point } from '../../src/report/point.ts';
import { chainOf } from './report-of.ts';

function overlaps({ boxes }: Diagram, { centres }: Placed): number {
  let count = 0;
  boxes.forEach((a, i) => {
    boxes.slice(0, i).forEach((b, j) => {
      const [dx, dy] = [centres[i]!.x - centres[j]!.x, centres[i]!.y - centres[j]!.y];
      const apart =
        Math.abs(dx) >= (a.width + b.width) / 2 || Math.abs(dy) >= (a.height + b.height) / 2;
      if (!apart) count++;
    });
  });
  return count;
}

/** Each layer reads all before it. */
const denseOf = (layers: number) =>
  model('dense', { x: [1, 4, 8, 8] }, ({ x }) => {
    const all: Sym[] = [x!];
    for (let i = 0; i < layers; i++) {
      all.push(conv2d(4, 3, { padding: 1 })(relu(batchNorm()(concat([...all], 1)))));
    }
    return { y: concat(all, 1) };
  });

describe('place', () => {
  it.each([
    ['a chain of blocks', chainOf(12)],
    ['a densely connected network', denseOf(16)],
  ])('lays out %s from top to bottom, without overlaps', (_, graph) => {
    const diagram = makeDiagram(graph);
    const placed = place(diagram);
    expect(overlaps(diagram, placed)).toBe(0);
    diagram.arrows.forEach(({ from, to }, i) => {
      expect(placed.centres[to]!.y).toBeGreaterThan(placed.centres[from]!.y);
      const path = placed.paths[i]!;
      expectOnBorder(path[0]!, from);
      expectOnBorder(path.at(-1)!, to);
    });
    function expectOnBorder({ x, y }: Point, box: number): void {
      const { width, height } = diagram.boxes[box]!;
      const across = Math.abs(x - placed.centres[box]!.x) / (width / 2);
      const down = Math.abs(y - placed.centres[box]!.y) / (height / 2);
      expect(Math.max(across, down)).toBeCloseTo(1, 3);
    }
    for (const { x, y } of [...placed.centres, ...placed.paths.flat()]) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(placed.width);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(placed.height);
    }
  });

  it('draws equal blocks equally', () => {
    const placed = place(makeDiagram(chainOf(3)));
    // Boxes are the input, three blocks of seven, the output.
    const block = (i: number) => {
      const centres = placed.centres.slice(1 + 7 * i, 8 + 7 * i);
      return centres.map(({ x, y }) => [x - centres[6]!.x, y - centres[6]!.y].map(Math.round));
    };
    expect(block(1)).toEqual(block(2));
  });
});

describe('align', () => {
  const diagram = makeDiagram(chainOf(4));
  const placed = place(diagram);

  it('brings boxes to the height that is wanted, in order and without overlaps', () => {
    const last = diagram.boxes.length - 1;
    const moved = align(placed, (box) => (box === 0 ? 100 : box === 8 ? 2000 : undefined));
    expect(moved.centres[0]!.y).toBe(100);
    expect(moved.centres[8]!.y).toBe(2000);
    expect(moved.centres[last]!.y).toBeGreaterThan(2000);
    expect(moved.height).toBeGreaterThan(moved.centres[last]!.y);
    expect(overlaps(diagram, moved)).toBe(0);
  });

  it('never moves a box above what it reads', () => {
    const moved = align(placed, (box) => (box === 8 ? 0 : undefined));
    expect(moved.centres).toEqual(placed.centres.map(({ x, y }) => ({ x, y: Math.round(y) })));
  });
});
