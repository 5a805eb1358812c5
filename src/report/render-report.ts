/** The report of an optimisation as one HTML page that needs nothing else: no network, no other file. */
import { createHash } from 'node:crypto';
import type { NodeId } from '../../ir/index.ts';
import { regionsOf } from '../equivalence/index.ts';
import { drawIntensity, drawKinds } from './charts.ts';
import { draw, type Drawing } from './drawing.ts';
import { html, raw, type Html } from './html.ts';
import { drawLayerTable } from './layer-table.ts';
import { layersOf } from './layers.ts';
import { readAsset, readPageScript } from './page-script.ts';
import { pairsOf, type Pair } from './pairs.ts';
import { drawRegionList } from './region-list.ts';
import type { ReportFile, ReportInput } from './report-input.ts';
import { drawRewrites } from './rewrites.ts';
import { drawTotals } from './totals.ts';
import { plural, printCount, printBytes, printFactor, printSeconds } from './units.ts';
import { drawBadge, drawVerification } from './verdict.ts';

/** The whole text of an HTML file. Names that come from the model are escaped wherever they stand. */
export async function renderReport(input: ReportInput): Promise<string> {
  const { source, plain, log, before, after, equivalence, times } = input;
  const opaque = input.opaque ?? [];
  const pairs = pairsOf(source, plain, regionsOf(source, plain));
  const merged = pairs.filter(({ number }) => number > 0).length;
  const sourceLayers = layersOf(source, times?.source);
  const plainLayers = layersOf(plain, times?.plain);
  const macsOf = new Map(
    [
      ...sourceLayers.map((layer) => ['source', layer] as const),
      ...plainLayers.map((layer) => ['plain', layer] as const),
    ].map(([form, { id, macs }]) => [`${form} ${id}`, macs]),
  );
  const macs = (form: 'source' | 'plain', pair: Pair) =>
    pair[form].reduce((sum, id) => sum + (macsOf.get(`${form} ${id}`) ?? 0), 0);
  const gain = (pair: Pair) => {
    const factor = printFactor(macs('source', pair), macs('plain', pair));
    return factor && `${factor} MACs`;
  };
  const drawing = draw({ source, plain }, pairs, { opaque, outputs: input.outputs, gain });
  const names = {
    plain: new Set(plain.nodes.map(({ id }) => id)),
    source: new Set(source.nodes.map(({ id }) => id)),
  };
  const known = (node: NodeId) =>
    names.plain.has(node) ? 'plain' : names.source.has(node) ? 'source' : undefined;

  const body = html`<header>
      <p class="brand">reparam report</p>
      <h1>${input.title}</h1>
      <p class="lead">${drawHeadline(input)}</p>
      <p class="meta">
        ${drawBadge(equivalence)} ${drawFile(input.files?.source)}
        ${input.files?.source && input.files.plain && '→'} ${drawFile(input.files?.plain)}
        <span>in ${printSeconds(input.seconds)}</span>
      </p>
    </header>
    <main>
      <section aria-labelledby="totals">
        <h2 id="totals" class="hidden">Totals</h2>
        ${drawTotals({ before, after, sourceLayers, plainLayers })}
      </section>
      <section aria-labelledby="graph">
        <h2 id="graph">Before and after</h2>
        ${drawGraphs(drawing, merged, input)} ${drawRegionList(pairs, sourceLayers, plainLayers)}
      </section>
      <section aria-labelledby="work">
        <h2 id="work">Where the work is</h2>
        <div class="charts">
          ${drawKinds(sourceLayers, plainLayers)} ${drawIntensity(sourceLayers, plainLayers)}
        </div>
      </section>
      <section aria-labelledby="layer">
        <h2 id="layer">Layers</h2>
        ${times && html`<p>Times were measured on ${times.device}.</p>`}
        ${drawLayerTable({ source: sourceLayers, plain: plainLayers }, pairs)}
      </section>
      <section aria-labelledby="rewrites">
        <h2 id="rewrites">Rewrites</h2>
        ${drawRewrites(log, known)} ${drawOpaque(input)}
      </section>
      <section aria-labelledby="verification">
        <h2 id="verification">Verification</h2>
        ${drawVerification(equivalence)}
      </section>
    </main>
    <footer>
      Made by reparam. A multiply-add (MAC) is one multiplication and one addition; bytes moved are
      those of a layer's inputs, weights and output, each once; 1 MiB is 1,048,576 bytes.
    </footer>`;
  return printPage(input.title, body, await readAsset('report.css'), await readPageScript());
}

function drawHeadline({ before, after, log }: ReportInput): string {
  const factor = printFactor(before.macs, after.macs);
  const parts = [
    before.convs === after.convs
      ? `${plural(before.nodes, 'node')} became ${after.nodes}`
      : `${plural(before.convs, 'convolution')} became ${after.convs}`,
    before.batchNorms > 0 &&
      (after.batchNorms === 0
        ? `all ${plural(before.batchNorms, 'batch norm')} are folded`
        : `${plural(before.batchNorms, 'batch norm')} became ${after.batchNorms}`),
    factor && `${factor} multiply-adds`,
  ].filter((part) => typeof part === 'string');
  return log.some(({ kind }) => kind === 'applied')
    ? `${parts.join(', ')}.`
    : 'There was nothing to merge.';
}

const drawFile = (file: ReportFile | undefined): Html =>
  file
    ? html`<span
        ><code>${file.name}</code>${file.bytes !== undefined && ` ${printBytes(file.bytes)}`}</span
      >`
    : html``;

function drawGraphs(drawing: Drawing, merged: number, input: ReportInput): Html {
  const opaque = input.opaque?.length ?? 0;
  const all = input.source.nodes.length;
  const { svg, overview, width, height } = drawing;
  const button = (id: string, label: string, text: string) =>
    html`<button type="button" id="${id}" aria-label="${label}" title="${label}">${text}</button>`;
  return html`<p class="intro">
      ${
        merged > 0
          ? `Left is the model as it was, right what it became. A band joins each of the ${plural(merged, 'region')} that changed to its result.`
          : 'Left is the model as it was, right what it became.'
      }
      ${
        drawing.nodes < all &&
        ` The drawing has the first ${printCount(drawing.nodes)} of ${plural(all, 'node')}; the table has all.`
      }
      ${
        opaque > 0 &&
        ` ${plural(opaque, 'node')} with a dashed outline ${opaque === 1 ? 'is' : 'are'} kept as in the file.`
      }
    </p>
    <div class="viewer">
      <div class="toolbar" role="toolbar" aria-label="Drawing">
        ${merged > 0 && [button('previous', 'Previous region', '←'), html`<output id="which">${plural(merged, 'region')}</output>`, button('next', 'Next region', '→')]}
        <span class="gap"></span>
        ${button('zoom-out', 'Zoom out', '−')} ${button('zoom-in', 'Zoom in', '+')}
        ${button('fit', 'Show all', 'All')}
      </div>
      <div class="canvas" style="--height: ${height}px">
        <svg
          id="drawing"
          tabindex="0"
          role="application"
          aria-label="The graph before and after. Arrow keys move, plus and minus zoom."
          data-width="${width}"
          data-height="${height}"
        >
          <defs>
            <marker
              id="head"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0.8L7 4L0 7.2Z" />
            </marker>
          </defs>
          <g id="view">${svg}</g>
        </svg>
        <svg
          id="overview"
          viewBox="0 0 ${width} ${height}"
          preserveAspectRatio="${height > 10 * width ? 'none' : 'xMidYMin meet'}"
          aria-hidden="true"
        >
          ${overview}
          <rect id="window" width="${width}" height="${height}" />
        </svg>
        <p id="about" role="status"></p>
      </div>
      <p class="hint">
        Drag or scroll to move, <kbd>Ctrl</kbd> and scroll or pinch to zoom, click a region for what
        became of it.
      </p>
    </div>`;
}

function drawOpaque({ opaque = [] }: ReportInput): Html {
  return html`${
    opaque.length > 0 &&
    html`<h3>Kept as they are</h3>
      <p>reparam does not rewrite these nodes; everything around them is optimised.</p>
      <ul class="kept">
        ${opaque.map(({ name, op, why }) => html`<li><code>${name}</code> (${op}): ${why}</li>`)}
      </ul>`
  }`;
}

function printPage(title: string, body: Html, style: string, script: string): string {
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · reparam report</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        ${body} ${raw(`<script>${script}</script>`)}
      </body>
    </html>`;
  return `${page.html}\n`;
}
