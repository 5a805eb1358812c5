/** Boxes and arrows of one graph. */
import { curveMonotoneY, line } from 'd3-shape';
import type { Box } from './diagram.ts';
import { html, raw, type Html } from './html.ts';
import type { Point } from './point.ts';
import { centre, colourOf, round, type Side } from './side.ts';

/** The number of a region. */
export function drawBadge(x: number, y: number, number: number): Html {
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

const curve = line<Point>(
  ({ x }) => round(x),
  ({ y }) => round(y),
).curve(curveMonotoneY);

export function drawArrows({ diagram, placed, x }: Side): Html[] {
  return diagram.arrows.map((_, i) => {
    const points = placed.paths[i]!.map((point) => ({ x: point.x + x, y: point.y }));
    return raw(`<path class="arrow" marker-end="url(#head)" d="${curve(points) ?? ''}"/>`);
  });
}

export function drawBox(side: Side, box: Box, index: number): Html {
  const { x, y } = centre(side, index);
  const pair = box.kind === 'node' ? side.pairs.get(box.name) : undefined;
  const merged = pair !== undefined && pair.number > 0;
  const gone = box.kind === 'node' && !pair;
  const look = [box.kind, merged && `${colourOf(pair)} merged`, gone && 'gone'].filter(
    (part) => part !== false,
  );
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

/** For the overview. */
export function drawSmall(side: Side, box: Box, index: number): Html {
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
