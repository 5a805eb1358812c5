/** Which kinds of layers there are, and what they cost together. */
import { scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { isActivation } from '../../ir/index.ts';
import { html, type Html } from './html.ts';
import type { Layer } from './layers.ts';
import { printBytes, printCount, printParams } from './units.ts';

const kinds = ['convolution', 'batch norm', 'sum', 'activation', 'other'] as const;
type Kind = (typeof kinds)[number];

function kindOf({ op }: Layer): Kind {
  if (op === 'conv2d' || op === 'convTranspose2d' || op === 'linear') return 'convolution';
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
