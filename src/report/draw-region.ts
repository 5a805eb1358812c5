/** What joins the two graphs: a frame around each region, and a band from there to its result. */
import { shorten } from './diagram.ts';
import { drawBadge } from './draw-box.ts';
import { html, type Html } from './html.ts';
import type { Pair } from './pairs.ts';
import { centre, colourOf, frameOf, PADDING, round, type Frame, type Side } from './side.ts';
import { plural } from './units.ts';

/** What is written on a band. */
export interface Label {
  readonly x: number;
  readonly y: number;
  readonly gain: string | undefined;
}

const LINE = 17;

/**
 * At `x`, in the gap between the graphs, where there are no boxes. Texts of regions
 * that are level move down until none is on another.
 */
export function labelsOf(
  a: Side,
  b: Side,
  x: number,
  pairs: readonly Pair[],
  gain: (pair: Pair) => string | undefined,
): Map<Pair, Label> {
  const wanted = pairs.flatMap((pair) => {
    const [from, to] = [frameOf(a, pair.source), frameOf(b, pair.plain)];
    if (pair.number === 0 || !from || !to) return [];
    // Where the middle of the band is.
    const t = (x - from.right) / (to.left - from.right);
    const [start, end] = [(from.top + from.bottom) / 2, (to.top + to.bottom) / 2];
    return [{ pair, gain: gain(pair), y: start + (end - start) * t * t * (3 - 2 * t) }];
  });
  wanted.sort((p, q) => p.y - q.y);
  const labels = new Map<Pair, Label>();
  let free = 0;
  for (const label of wanted) {
    const height = label.gain === undefined ? LINE : 2 * LINE;
    const y = Math.max(label.y, free + height / 2);
    labels.set(label.pair, { x, y, gain: label.gain });
    free = y + height / 2;
  }
  return labels;
}

/** `margin` is that around the whole drawing. */
export function drawPair(
  a: Side,
  b: Side,
  pair: Pair,
  label: Label | undefined,
  margin: number,
): Html {
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
    data-frame="${[either, to ?? either].map((frame) => printFrame(frame, margin)).join(' ')}"
  >
    <title>${title}</title>
    ${band && html`<path class="band" d="${band}" />`} ${frame} ${label && drawLabel(label, pair)}
    ${from && drawBadge(from.left, from.top + 14, pair.number)}
    ${
      from &&
      html`<text class="where" x="${round(from.left - 18)}" y="${round(from.top + 18)}">
        ${shorten(pair.name, 18)}
      </text>`
    }
  </g>`;
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

function drawLabel({ x, y, gain }: Label, pair: Pair): Html {
  return html`<text class="gain" x="${round(x)}" y="${round(y + (gain === undefined ? 5 : -3))}">
      ${pair.source.length} → ${pair.plain.length}
    </text>
    ${
      gain !== undefined &&
      html`<text class="gain more" x="${round(x)}" y="${round(y + 14)}">${gain}</text>`
    }`;
}

const printFrame = ({ left, top, right, bottom }: Frame, margin: number): string =>
  [left + margin, top + margin, right + margin, bottom + margin].map(Math.round).join(' ');

function bandBetween(from: Frame, to: Frame): string {
  const [x0, x1] = [from.right, to.left + PADDING];
  const middle = (x0 + x1) / 2;
  const [top, bottom] = [to.top + PADDING + 4, to.bottom - PADDING - 4];
  const [f, t] = [from.top + 6, from.bottom - 6].map(round);
  const [l, m, r] = [x0, middle, x1].map(round);
  const [u, d] = [top, bottom].map(round);
  return `M${l} ${f}C${m} ${f} ${m} ${u} ${r} ${u}V${d}C${m} ${d} ${m} ${t} ${l} ${t}Z`;
}
