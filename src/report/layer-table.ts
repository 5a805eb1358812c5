/** Every layer of both graphs, to be sorted and searched. */
import { printShape } from '../../ir/index.ts';
import { html, type Html } from './html.ts';
import type { Layer } from './layers.ts';
import { COLOURS, pairByNode, type Pair } from './pairs.ts';
import { printBytes, printCount, printMacs, printTime } from './units.ts';

type Form = 'source' | 'plain';

interface Column {
  readonly title: string;
  /** Sorted by this; numbers from the largest. */
  readonly key: (layer: Layer) => number | undefined;
  readonly print: (figure: number) => string;
  /** Shows its share of the graph's total as a bar. */
  readonly share: boolean;
}

const columns: readonly Column[] = [
  { title: 'Parameters', key: ({ params }) => params, print: printCount, share: true },
  { title: 'Multiply-adds', key: ({ macs }) => macs, print: printMacs, share: true },
  { title: 'Bytes moved', key: ({ bytes }) => bytes, print: printBytes, share: true },
  {
    title: 'MAC per byte',
    key: ({ intensity }) => intensity,
    print: (figure) => figure.toFixed(2),
    share: false,
  },
];
/** Where a GPU ran it. */
const measured: readonly Column[] = [
  { title: 'Time', key: ({ profile }) => profile?.us.p25, print: printTime, share: true },
  {
    title: 'GFLOP/s',
    key: ({ profile }) => profile?.gflops,
    print: (figure) => figure.toFixed(1),
    share: false,
  },
  {
    title: 'GB/s',
    key: ({ profile }) => profile?.gigabytes,
    print: (figure) => figure.toFixed(1),
    share: false,
  },
  {
    title: 'Roofline',
    key: ({ profile }) => profile?.ofRoofline ?? undefined,
    print: (figure) => `${(100 * figure).toFixed(1)} %`,
    share: false,
  },
];

export interface Layers {
  readonly source: readonly Layer[];
  readonly plain: readonly Layer[];
}

export function drawLayerTable(layers: Layers, pairs: readonly Pair[]): Html {
  const timed = [...layers.source, ...layers.plain].some((layer) => layer.profile !== undefined);
  const shown = timed ? [...columns, ...measured] : columns;
  const header = (title: string, kind: string) =>
    html`<th scope="col" aria-sort="none" class="${kind}">
      <button type="button">${title}</button>
    </th>`;
  return html`<div class="controls">
      <label class="search">
        <span>Search layers</span>
        <input type="search" id="search" placeholder="name or kind" autocomplete="off" />
      </label>
      <fieldset id="form">
        <legend>Show</legend>
        ${(['plain', 'source', 'both'] as const).map(
          (form) =>
            html`<label
              ><input
                type="radio"
                name="form"
                value="${form}"
                ${form === 'plain' ? html`checked` : html``}
              />
              ${{ plain: 'after', source: 'before', both: 'both' }[form]}</label
            >`,
        )}
      </fieldset>
      <p id="shown" role="status"></p>
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of layers">
      <table id="layers">
        <caption class="hidden">
          Layers before and after, with their figures
        </caption>
        <thead>
          <tr>
            ${header('Layer', 'text')} ${header('Region', 'text')} ${header('Output', 'text')}
            ${shown.map(({ title }) => header(title, 'number'))}
          </tr>
        </thead>
        <tbody>
          ${(['source', 'plain'] as const).map((form) =>
            drawRows(form, layers[form], shown, pairByNode(form, pairs)),
          )}
        </tbody>
      </table>
    </div>`;
}

function drawRows(
  form: Form,
  layers: readonly Layer[],
  shown: readonly Column[],
  pairs: ReadonlyMap<string, Pair>,
): Html[] {
  const totals = shown.map(({ key }) => layers.reduce((n, layer) => n + (key(layer) ?? 0), 0));
  return layers.map((layer) => {
    const number = pairs.get(layer.id)?.number ?? 0;
    return html`<tr data-side="${form}">
      <th scope="row">
        <button type="button" class="locate">${layer.id}</button>
        <span class="kind">${layer.label}, ${layer.detail}</span>
        ${drawKernel(layer)}
      </th>
      <td data-value="${number}">${number > 0 && drawRegion(number)}</td>
      <td class="shape">${printShape(layer.shape)}</td>
      ${shown.map((column, i) => drawFigure(column, layer, totals[i]!))}
    </tr>`;
  });
}

function drawKernel({ profile, within }: Layer): Html {
  if (within !== undefined) return html`<span class="kernel">with ${within}</span>`;
  if (!profile) return html``;
  const { kernel, candidates, tuned } = profile;
  const how = tuned ? 'fastest measured' : 'cheapest estimate';
  const choice = candidates > 1 ? `, the ${how} of ${candidates}` : '';
  return html`<span class="kernel">${kernel}${choice}</span>`;
}

/** A button that leads to the region in the drawing. */
export const drawRegion = (number: number): Html =>
  html`<button type="button" class="chip c${(number - 1) % COLOURS}" data-show="${number}">
    <span class="hidden">region </span>${number}
  </button>`;

function drawFigure({ key, print, share }: Column, layer: Layer, total: number): Html {
  const figure = key(layer);
  if (figure === undefined) return html`<td class="number" data-value="-1">–</td>`;
  const percent = total > 0 ? (100 * figure) / total : 0;
  return html`<td class="number" data-value="${+figure.toPrecision(6)}">
    ${figure === 0 ? '–' : print(figure)}
    ${share && figure > 0 && html`<i style="--share:${percent.toFixed(1)}%"></i>`}
  </td>`;
}
