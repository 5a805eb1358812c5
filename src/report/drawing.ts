/** Both graphs side by side as one SVG: what became what is level, and joined by a band of its colour. */
import type { OpaqueNode } from '../formats/onnx/model.ts';
import { align } from './align.ts';
import { boxOfNode, makeDiagram } from './diagram.ts';
import { drawArrows, drawBox, drawSmall } from './draw-box.ts';
import { drawPair, labelsOf } from './draw-region.ts';
import { excerpt, type Graphs } from './excerpt.ts';
import { html, type Html } from './html.ts';
import { place } from './layout.ts';
import { pairByNode, type Pair } from './pairs.ts';
import { frameOf, round, type Side } from './side.ts';

export interface Drawing {
  readonly svg: Html;
  /** A small picture of it all. */
  readonly overview: Html;
  readonly width: number;
  readonly height: number;
  /** How many nodes of the source are drawn. */
  readonly nodes: number;
}

/** For the names of regions, left of the first graph. */
const GUTTER = 150;
const BETWEEN = 170;
const MARGIN = 28;

export interface DrawOptions {
  readonly opaque?: readonly OpaqueNode[];
  /** The file's own outputs, where opaque nodes read others. */
  readonly outputs?: readonly string[] | undefined;
  /** What a region gained, in a few words. */
  readonly gain?: (pair: Pair) => string | undefined;
}

export function draw(
  graphs: Graphs,
  pairs: readonly Pair[],
  { opaque = [], outputs, gain = () => undefined }: DrawOptions = {},
): Drawing {
  const { source, plain } = excerpt(graphs, pairs);
  const left = makeDiagram(source, opaque, outputs);
  const right = makeDiagram(plain, opaque, outputs);
  const leftBox = boxOfNode(left);
  const rightPairs = pairByNode('plain', pairs);
  const leftPlaced = place(left);
  const sameBox = new Map(left.boxes.map((box, i) => [`${box.kind} ${box.name}`, i]));
  const a: Side = {
    name: 'source',
    diagram: left,
    placed: leftPlaced,
    box: leftBox,
    pairs: pairByNode('source', pairs),
    x: GUTTER,
  };
  const level = (index: number): number | undefined => {
    const box = right.boxes[index]!;
    const pair = box.kind === 'node' ? rightPairs.get(box.name) : undefined;
    const frame = pair && frameOf(a, pair.source);
    if (frame) return (frame.top + frame.bottom) / 2;
    const same = sameBox.get(`${box.kind} ${box.name}`);
    return same === undefined ? undefined : leftPlaced.centres[same]!.y;
  };
  const b: Side = {
    name: 'plain',
    diagram: right,
    placed: align(place(right), level),
    box: boxOfNode(right),
    pairs: rightPairs,
    x: GUTTER + leftPlaced.width + BETWEEN,
  };
  const labels = labelsOf(a, b, b.x - BETWEEN / 2, pairs, gain);
  const width = round(b.x + b.placed.width + 2 * MARGIN);
  const height = round(Math.max(a.placed.height, b.placed.height) + 2 * MARGIN);
  return {
    svg: html`<g transform="translate(${MARGIN} ${MARGIN})">
      ${pairs.map((pair) => drawPair(a, b, pair, labels.get(pair), MARGIN))}
      ${[a, b].map((side) => html`<g class="arrows">${drawArrows(side)}</g>`)}
      <g id="graph-source">${left.boxes.map((box, i) => drawBox(a, box, i))}</g>
      <g id="graph-plain">${right.boxes.map((box, i) => drawBox(b, box, i))}</g>
    </g>`,
    overview: html`<g transform="translate(${MARGIN} ${MARGIN})">
      ${[a, b].map((side) => side.diagram.boxes.map((box, i) => drawSmall(side, box, i)))}
    </g>`,
    width,
    height,
    nodes: source.nodes.length,
  };
}
