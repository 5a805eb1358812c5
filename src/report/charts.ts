/** Where the work and the traffic are: by kind of layer, and layer by layer. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { stack } from 'd3-shape';
import { isActivation } from '../../ir/index.ts';
import { html, type Html } from './html.ts';
import type { Layer } from './layers.ts';
import { printBytes, printCount, printMacs, printParams } from './units.ts';

const kinds = ['convolution', 'batch norm', 'sum', 'activation', 'other'] as const;
type Kind = (typeof kinds)[number];

function kindOf({ op }: Layer): Kind {
  if (op === 'conv2d' || op === 'linear') return 'convolution';
  if (op === 'batchNorm') return 'batch norm';
  if (op === 'sum' || op === 'add' || op === 'mul') return 'sum';
  return isActivation(op) ? 'activation' : 'other';
}

const titles: Readonly<Record<Kind, string>> = {
  convolution: 'convolution, linear',
  'batch norm': 'batch norm',
  sum: 'sum, product',
  activation: 'activation',
  other: 'pooling and other',
};

type Figures = Record<Kind, number>;

function figuresOf(layers: readonly Layer[], figure: (layer: Layer) => number): Figures {
  const sums: Figures = { convolution: 0, 'batch norm': 0, sum: 0, activation: 0, other: 0 };
  for (const layer of layers) sums[kindOf(layer)] += figure(layer);
  return sums;
}

/** Nodes, parameters and bytes moved by kind of layer, before over after. */
export function drawKinds(source: readonly Layer[], plain: readonly Layer[]): Html {
  const chart = (name: string, figure: (layer: Layer) => number, print: (n: number) => string) =>
    drawStack(name, [figuresOf(source, figure), figuresOf(plain, figure)], print);
  return html`<figure class="chart kinds">
    <figcaption><h3>By kind of layer</h3></figcaption>
    ${chart('Nodes', () => 1, printCount)}
    ${chart('Parameters', ({ params }) => params, printParams)}
    ${chart('Bytes moved', ({ bytes }) => bytes, printBytes)}
    <ul class="legend">
      ${kinds.map((kind, i) => html`<li><span class="swatch k${i}"></span>${titles[kind]}</li>`)}
    </ul>
  </figure>`;
}

function drawStack(
  name: string,
  forms: readonly [Figures, Figures],
  print: (n: number) => string,
): Html {
  const sum = (figures: Figures) => kinds.reduce((n, kind) => n + figures[kind], 0);
  const scale = scaleLinear([0, Math.max(sum(forms[0]), sum(forms[1]), 1)], [0, 100]);
  const series = stack<Figures, Kind>().keys(kinds)([...forms]);
  const row = (form: string, at: 0 | 1) => {
    const parts = kinds.filter((kind) => forms[at][kind] > 0);
    const text = parts.map((kind) => `${titles[kind]} ${print(forms[at][kind])}`).join(', ');
    return html`<div class="pair ${form}">
      <span class="form">${form}</span>
      <svg
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label="${name} ${form}: ${text}"
      >
        <rect class="track" width="100" height="8" />
        ${series.map((one, i) => {
          const [from, to] = one[at]!;
          const width = scale(to) - scale(from);
          return (
            width > 0 &&
            html`<rect
              class="k${i}"
              x="${scale(from).toFixed(2)}"
              width="${width.toFixed(2)}"
              height="8"
            >
              <title>${titles[kinds[i]!]}: ${print(to - from)}</title>
            </rect>`
          );
        })}
      </svg>
      <span class="number">${print(sum(forms[at]))}</span>
    </div>`;
  };
  return html`<h4>${name}</h4>
    ${row('before', 0)}${row('after', 1)}`;
}

const plot = { width: 520, height: 280, left: 76, right: 14, top: 12, bottom: 40 };

/** Multiply-adds over arithmetic intensity, both logarithmic; one mark a layer that multiplies. */
export function drawIntensity(source: readonly Layer[], plain: readonly Layer[]): Html {
  const marks = [
    ...source.map((layer) => ({ layer, form: 'before' })),
    ...plain.map((layer) => ({ layer, form: 'after' })),
  ].filter(({ layer }) => layer.macs > 0 && layer.bytes > 0);
  if (marks.length === 0) return html``;
  const range = (figure: (layer: Layer) => number): [number, number] => {
    const values = marks.map(({ layer }) => Math.log10(figure(layer)));
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    return [10 ** (low - 0.15), 10 ** (high + 0.15)];
  };
  const x = scaleLog(range(intensity), [plot.left, plot.width - plot.right]);
  const y = scaleLog(
    range(({ macs }) => macs),
    [plot.height - plot.bottom, plot.top],
  );
  // Powers of ten; where there are hardly any, 2 and 5 times those as well.
  const ticksOf = (scale: typeof x) => {
    const digit = (tick: number) => Number(tick.toExponential()[0]);
    const powers = scale.ticks().filter((tick) => digit(tick) === 1);
    return powers.length > 2 ? powers : scale.ticks().filter((tick) => 10 % digit(tick) === 0);
  };
  return html`<figure class="chart">
    <figcaption>
      <h3>Layer by layer</h3>
      <p>
        Further right, a layer computes more for each byte it moves; further up, it computes more.
        Rings are layers before, dots are layers after.
      </p>
    </figcaption>
    <svg
      viewBox="0 0 ${plot.width} ${plot.height}"
      role="img"
      aria-label="${summary(source, plain)}"
    >
      ${ticksOf(y).map(
        (tick) =>
          html`<line
              class="grid"
              x1="${plot.left}"
              x2="${plot.width - plot.right}"
              y1="${y(tick)}"
              y2="${y(tick)}"
            />
            <text class="tick end" x="${plot.left - 8}" y="${y(tick) + 4}"
              >${printMacs(tick).replace('.00', '').replace('.0 ', ' ')}</text
            >`,
      )}
      ${ticksOf(x).map(
        (tick) =>
          html`<line
              class="grid"
              x1="${x(tick)}"
              x2="${x(tick)}"
              y1="${plot.top}"
              y2="${plot.height - plot.bottom}"
            />
            <text class="tick" x="${x(tick)}" y="${plot.height - plot.bottom + 16}">${tick}</text>`,
      )}
      <text class="tick" x="${(plot.left + plot.width) / 2}" y="${plot.height - 6}">
        multiply-adds per byte moved
      </text>
      ${marks.map(
        ({ layer, form }) =>
          html`<circle
            class="${form}"
            cx="${x(intensity(layer)).toFixed(1)}"
            cy="${y(layer.macs).toFixed(1)}"
            r="4"
          >
            <title>
              ${form}: ${layer.id}, ${layer.label}, ${printMacs(layer.macs)},
              ${intensity(layer).toFixed(2)} MAC/B
            </title>
          </circle>`,
      )}
    </svg>
  </figure>`;
}

const intensity = ({ macs, bytes }: Layer): number => macs / bytes;

function summary(source: readonly Layer[], plain: readonly Layer[]): string {
  const mean = (layers: readonly Layer[]) => {
    const bytes = layers.reduce((n, layer) => n + layer.bytes, 0);
    return (layers.reduce((n, layer) => n + layer.macs, 0) / Math.max(bytes, 1)).toFixed(2);
  };
  return (
    'Multiply-adds of each layer over its arithmetic intensity. All together, ' +
    `${mean(source)} multiply-adds per byte before and ${mean(plain)} after.`
  );
}
