/** What the whole network costs before and after, as bars. */
import { scaleLinear } from 'd3-scale';
import { html, type Html } from './html.ts';
import { total, type Layer } from './layers.ts';
import type { ReportStats } from './report-input.ts';
import { printBytes, printCount, printFactor, printMacs, printParams, plural } from './units.ts';

interface Total {
  readonly name: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly print: (n: number) => string;
  /** What a smaller figure is. */
  readonly less: 'less' | 'fewer';
  readonly note?: string;
}

export interface Totals {
  readonly before: ReportStats;
  readonly after: ReportStats;
  readonly sourceLayers: readonly Layer[];
  readonly plainLayers: readonly Layer[];
}

export function drawTotals({ before, after, sourceLayers, plainLayers }: Totals): Html {
  const bytes = (layers: readonly Layer[]) => total(layers, (layer) => layer.bytes);
  const of = (
    name: string,
    key: keyof ReportStats,
    print: (n: number) => string,
    less: Total['less'] = 'fewer',
  ): Total => ({ name, before: before[key], after: after[key], print, less });
  const totals: readonly Total[] = [
    of('Convolutions', 'convs', printCount),
    of('Transposed convolutions', 'transposedConvs', printCount),
    of('Batch norms', 'batchNorms', printCount),
    {
      ...of('Nodes', 'nodes', printCount),
      ...(after.nodes < before.nodes && { note: 'an activation counts with the layer before it' }),
    },
    of('Parameters', 'params', printParams),
    of('Multiply-adds', 'macs', printMacs),
    {
      name: 'Bytes moved',
      before: bytes(sourceLayers),
      after: bytes(plainLayers),
      print: printBytes,
      less: 'less',
    },
    of('Peak activations', 'peakActivationBytes', printBytes, 'less'),
  ];
  return html`<div class="totals">${totals.map(drawTotal)}</div>`;
}

/** What figures leave out: layers of which only an opaque node tells the sizes. */
export function drawUncounted(source: readonly Layer[], plain: readonly Layer[]): Html {
  const [before, after] = [source, plain].map((layers) => {
    const unknown = layers.filter(({ known }) => !known);
    return {
      count: unknown.length,
      text: `${unknown.length} of ${plural(layers.length, 'layer')}`,
    };
  });
  if (before!.count + after!.count === 0) return html``;
  return html`<p class="note">
    ${before!.text} before and ${after!.text} after have sizes that are not known; their
    multiply-adds and bytes are not counted.
  </p>`;
}

function drawTotal({ name, before, after, print, less, note }: Total): Html {
  if (before === undefined || after === undefined) return html``;
  if (before === 0 && after === 0) return html``;
  const factor = before > 0 && after === 0 ? 'all gone' : printFactor(before, after, less);
  return html`<figure class="total">
    <figcaption>${name}</figcaption>
    <p class="factor">${factor ?? 'unchanged'}</p>
    ${drawBars(name, [before, after], print)}
    ${note !== undefined && html`<p class="note">${note}</p>`}
  </figure>`;
}

const LENGTH = 100;

function drawBars(name: string, values: readonly [number, number], print: (n: number) => string) {
  const scale = scaleLinear([0, Math.max(...values, Number.MIN_VALUE)], [0, LENGTH]);
  const row = (form: string, value: number) =>
    html`<div class="pair ${form}">
      <span class="form">${form}</span>
      <svg viewBox="0 0 ${LENGTH} 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="${LENGTH}" height="8" />
        <rect
          class="value"
          width="${Math.max(scale(value), value > 0 ? 1 : 0).toFixed(1)}"
          height="8"
        />
      </svg>
      <span class="number">${print(value)}</span>
    </div>`;
  return html`<div role="group" aria-label="${name}">
    ${row('before', values[0])}${row('after', values[1])}
  </div>`;
}
