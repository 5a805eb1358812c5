/** Both graphs side by side as one SVG: what became what is level, and joined by a band of its colour. */
import { curveMonotoneY, line } from 'd3-shape';
import type { Graph } from '../../ir/index.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import { boxOfNode, makeDiagram, shorten, type Box, type Diagram } from './diagram.ts';
import { html, raw, type Html } from './html.ts';
import { align, place, type Placed, type Point } from './layout.ts';
import { COLOURS, pairByNode, type Pair } from './pairs.ts';
import { plural } from './units.ts';

export interface Drawing {
  readonly svg: Html;
  /** A small picture of it all. */
  readonly overview: Html;
  readonly width: number;
  readonly height: number;
  /** How many nodes of the source are drawn. */
  readonly nodes: number;
}

interface Side {
  readonly name: 'source' | 'plain';
  readonly diagram: Diagram;
  readonly placed: Placed;
  readonly box: Map<string, number>;
  readonly pairs: Map<string, Pair>;
  /** Where its left edge is. */
  readonly x: number;
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** For the names of regions, left of the first graph. */
const GUTTER = 150;
const BETWEEN = 170;
const MARGIN = 28;
const HULL = 9;

const round = (x: number): number => Math.round(x * 10) / 10;
const colourOf = (pair: Pair): string => `c${(pair.number - 1) % COLOURS}`;

/** More nodes than this are not drawn: neither browsers nor readers cope with them. */
const MOST_NODES = 1500;

/** The first nodes; a graph is in order, so what they read is among them. */
const firstNodes = (graph: Graph, keep: (node: string) => boolean): Graph => {
  const nodes = graph.nodes.filter(({ id }) => keep(id));
  const given = new Set(nodes.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  return { ...graph, nodes, outputs: graph.outputs.filter(({ value }) => given.has(value)) };
};

export interface DrawOptions {
  readonly opaque?: readonly OpaqueNode[];
  /** The file's own outputs, where opaque nodes read others. */
  readonly outputs?: readonly string[] | undefined;
  /** What a region gained, in a few words. */
  readonly gain?: (pair: Pair) => string | undefined;
}

export function draw(
  whole: { readonly source: Graph; readonly plain: Graph },
  pairs: readonly Pair[],
  { opaque = [], outputs, gain }: DrawOptions = {},
): Drawing {
  const { source, plain } = whole.source.nodes.length > MOST_NODES ? excerpt(whole, pairs) : whole;
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
  const labels = labelsOf(a, b, pairs, gain);
  const width = round(b.x + b.placed.width + 2 * MARGIN);
  const height = round(Math.max(a.placed.height, b.placed.height) + 2 * MARGIN);
  return {
    svg: html`<g transform="translate(${MARGIN} ${MARGIN})">
      ${pairs.map((pair) => drawPair(a, b, pair, labels.get(pair)))}
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

function excerpt({ source, plain }: { source: Graph; plain: Graph }, pairs: readonly Pair[]) {
  const first = new Set(source.nodes.slice(0, MOST_NODES).map(({ id }) => id));
  const results = new Set(
    pairs.filter((pair) => pair.source.every((id) => first.has(id))).flatMap((pair) => pair.plain),
  );
  return {
    source: firstNodes(source, (id) => first.has(id)),
    plain: firstNodes(plain, (id) => results.has(id)),
  };
}

const centre = ({ placed, x }: Side, box: number): Point => {
  const point = placed.centres[box]!;
  return { x: point.x + x, y: point.y };
};

function frameOf(side: Side, nodes: readonly string[]): Frame | undefined {
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
    left: Math.min(...edges.map((edge) => edge.left)) - HULL,
    right: Math.max(...edges.map((edge) => edge.right)) + HULL,
    top: Math.min(...edges.map((edge) => edge.top)) - HULL,
    bottom: Math.max(...edges.map((edge) => edge.bottom)) + HULL,
  };
}

/** A frame would claim what lies in it, so there is one only where nothing else does. */
function holdsOthers(side: Side, frame: Frame, nodes: readonly string[]): boolean {
  const own = new Set(nodes.map((id) => side.box.get(id)));
  return side.placed.centres.some((_, i) => {
    const { x, y } = centre(side, i);
    const inside = x > frame.left && x < frame.right && y > frame.top && y < frame.bottom;
    return inside && !own.has(i);
  });
}

function drawPair(a: Side, b: Side, pair: Pair, label: Label | undefined): Html {
  const [from, to] = [frameOf(a, pair.source), frameOf(b, pair.plain)];
  const either = from ?? to;
  if (!either) return html``;
  const band = from && to && bandBetween(from, to);
  if (pair.number === 0) return html`${band && html`<path class="band same" d="${band}" />`}`;
  const result = pair.plain.length > 0 ? plural(pair.plain.length, 'node') : 'nothing';
  const what = `${plural(pair.source.length, 'node')} became ${result}`;
  const title = `Region ${pair.number}, ${pair.name}: ${what}`;
  const frame =
    !from || holdsOthers(a, from, pair.source)
      ? undefined
      : html`<rect
          class="hull"
          x="${round(from.left)}"
          y="${round(from.top)}"
          width="${round(from.right - from.left)}"
          height="${round(from.bottom - from.top)}"
          rx="12"
        />`;
  return html`<g
    class="region ${colourOf(pair)}"
    data-region="${pair.number}"
    data-frame="${[either, to ?? either].map(printFrame).join(' ')}"
  >
    <title>${title}</title>
    ${band && html`<path class="band" d="${band}" />`} ${frame}
    ${label && drawLabel(b.x - BETWEEN / 2, label, pair)}
    ${from && drawBadge(from.left, from.top + 14, pair.number)}
    ${
      from &&
      html`<text class="where" x="${round(from.left - 18)}" y="${round(from.top + 18)}">
        ${shorten(pair.name, 18)}
      </text>`
    }
  </g>`;
}

interface Label {
  readonly y: number;
  readonly gain: string | undefined;
}

const LINE = 17;

/**
 * What is written on the bands, in the gap between the graphs, where there are no boxes. Texts of regions
 * that are level move down until none is on another.
 */
function labelsOf(a: Side, b: Side, pairs: readonly Pair[], gain: DrawOptions['gain']) {
  const x = b.x - BETWEEN / 2;
  const wanted = pairs.flatMap((pair) => {
    const [from, to] = [frameOf(a, pair.source), frameOf(b, pair.plain)];
    if (pair.number === 0 || !from || !to) return [];
    // Where the middle of the band is.
    const t = (x - from.right) / (to.left - from.right);
    const [start, end] = [(from.top + from.bottom) / 2, (to.top + to.bottom) / 2];
    return [{ pair, gain: gain?.(pair), y: start + (end - start) * t * t * (3 - 2 * t) }];
  });
  wanted.sort((p, q) => p.y - q.y);
  const labels = new Map<Pair, Label>();
  let free = 0;
  for (const label of wanted) {
    const height = label.gain === undefined ? LINE : 2 * LINE;
    const y = Math.max(label.y, free + height / 2);
    labels.set(label.pair, { y, gain: label.gain });
    free = y + height / 2;
  }
  return labels;
}

function drawLabel(x: number, { y, gain }: Label, pair: Pair): Html {
  return html`<text class="gain" x="${round(x)}" y="${round(y + (gain === undefined ? 5 : -3))}">
      ${pair.source.length} → ${pair.plain.length}
    </text>
    ${
      gain !== undefined &&
      html`<text class="gain more" x="${round(x)}" y="${round(y + 14)}">${gain}</text>`
    }`;
}

const printFrame = ({ left, top, right, bottom }: Frame): string =>
  [left + MARGIN, top + MARGIN, right + MARGIN, bottom + MARGIN].map(Math.round).join(' ');

function drawBadge(x: number, y: number, number: number): Html {
  const width = 12 + 7 * `${number}`.length;
  return html`<g class="badge"
    ><rect
      x="${round(x - width / 2)}"
      y="${round(y - 9)}"
      width="${width}"
      height="18"
      rx="9"
    /><text x="${round(x)}" y="${round(y + 4)}">${number}</text></g
  >`;
}

function bandBetween(from: Frame, to: Frame): string {
  const [x0, x1] = [from.right, to.left + HULL];
  const middle = (x0 + x1) / 2;
  const [top, bottom] = [to.top + HULL + 4, to.bottom - HULL - 4];
  const [f, t] = [from.top + 6, from.bottom - 6].map(round);
  const [l, m, r] = [x0, middle, x1].map(round);
  const [u, d] = [top, bottom].map(round);
  return `M${l} ${f}C${m} ${f} ${m} ${u} ${r} ${u}V${d}C${m} ${d} ${m} ${t} ${l} ${t}Z`;
}

const curve = line<Point>(
  ({ x }) => round(x),
  ({ y }) => round(y),
).curve(curveMonotoneY);

function drawArrows({ diagram, placed, x }: Side): Html[] {
  return diagram.arrows.map((_, i) => {
    const points = placed.paths[i]!.map((point) => ({ x: point.x + x, y: point.y }));
    return raw(`<path class="arrow" marker-end="url(#head)" d="${curve(points) ?? ''}"/>`);
  });
}

/** `s` or `p` and the number of the node's box; the same in the table. */
function drawBox(side: Side, box: Box, index: number): Html {
  const { x, y } = centre(side, index);
  const pair = box.kind === 'node' ? side.pairs.get(box.name) : undefined;
  const merged = pair !== undefined && pair.number > 0;
  const gone = box.kind === 'node' && !pair;
  const look = [
    box.kind,
    merged && `${colourOf(pair)} merged`,
    gone && 'gone',
    `op-${box.kind === 'node' ? box.label.split(' ')[0] : box.kind}`.replace(/[^\w-]/g, ''),
  ].filter((part) => part !== false);
  const title = { input: 'input ', output: 'output ', node: '', opaque: 'kept as it is: ' }[
    box.kind
  ];
  const [w, h] = [box.width, box.height];
  return html`<g
    class="box ${look.join(' ')}"
    data-name="${box.name}"
    data-side="${side.name}"
    ${merged ? html`data-region="${pair.number}"` : html``}
    transform="translate(${round(x - w / 2)} ${round(y - h / 2)})"
  >
    <title>${title}${box.name}${gone ? ' (nothing of it is left)' : ''}</title>
    <rect width="${w}" height="${h}" rx="${box.kind === 'node' ? 7 : h / 2}" />
    <text class="label" x="${w / 2}" y="${h / 2 - 3}">${box.label}</text>
    <text class="detail" x="${w / 2}" y="${h / 2 + 12}">${box.detail}</text>
    ${merged && side.name === 'plain' && drawBadge(0, h / 2, pair.number)}
  </g>`;
}

function drawSmall(side: Side, box: Box, index: number): Html {
  const { x, y } = centre(side, index);
  const pair = box.kind === 'node' ? side.pairs.get(box.name) : undefined;
  const look = pair && pair.number > 0 ? colourOf(pair) : 'none';
  const [w, h] = [box.width, box.height];
  return html`<rect
    class="${look}"
    x="${Math.round(x - w / 2)}"
    y="${Math.round(y - h / 2)}"
    width="${w}"
    height="${h}"
  />`;
}
