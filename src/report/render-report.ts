/** The report of an optimisation as one HTML page that needs nothing else: no network, no other file. */
import type { NodeId } from '../../ir/index.ts';
import { regionsOf } from '../equivalence/index.ts';
import { drawIntensity } from './intensity-chart.ts';
import { drawKinds } from './kinds-chart.ts';
import { draw } from './drawing.ts';
import { html, type Html } from './html.ts';
import { printPage } from './page.ts';
import { drawViewer } from './viewer.ts';
import { drawLayerTable } from './layer-table.ts';
import { layersOf } from './layers.ts';
import { pairsOf, type Pair } from './pairs.ts';
import { drawProfile } from './profile-text.ts';
import { drawRegionList } from './region-list.ts';
import type { ReportFile, ReportInput, ReportStats } from './report-input.ts';
import { drawRewrites } from './rewrites.ts';
import { drawTotals, drawUncounted } from './totals.ts';
import { plural, printBytes, printFactor, printSeconds } from './units.ts';
import { drawBadge, drawVerification } from './verdict.ts';

/** The whole text of an HTML file. Names that come from the model are escaped wherever they stand. */
export async function renderReport(input: ReportInput): Promise<string> {
  const { source, plain, log, before, after, equivalence, profile } = input;
  const opaque = input.opaque ?? [];
  const pairs = pairsOf(source, plain, regionsOf(source, plain));
  const merged = pairs.filter(({ number }) => number > 0).length;
  const sourceLayers = layersOf(source, opaque, profile?.source?.layers);
  const plainLayers = layersOf(plain, opaque, profile?.plain?.layers);
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
      ${drawWarnings(input)}
    </header>
    <main>
      <section aria-labelledby="totals">
        <h2 id="totals" class="hidden">Totals</h2>
        ${drawTotals({ before, after, sourceLayers, plainLayers })}
        ${drawUncounted(sourceLayers, plainLayers)}
      </section>
      <section aria-labelledby="graph">
        <h2 id="graph">Before and after</h2>
        ${drawViewer(drawing, merged, input)} ${drawRegionList(pairs, sourceLayers, plainLayers)}
      </section>
      <section aria-labelledby="work">
        <h2 id="work">Where the work is</h2>
        ${drawLeftOut(opaque, 'these charts')}
        <div class="charts">
          ${drawKinds(sourceLayers, plainLayers)} ${drawIntensity(sourceLayers, plainLayers)}
        </div>
      </section>
      <section aria-labelledby="layer">
        <h2 id="layer">Layers</h2>
        ${drawLeftOut(opaque, 'this table')} ${profile && drawProfile(profile)}
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
      those of a layer's inputs, weights and output, each once; 1 MB is 1,000,000 bytes.
    </footer>`;
  return printPage(input.title, body);
}

const convsOf = ({ convs, transposedConvs = 0 }: ReportStats): number => convs + transposedConvs;

function drawHeadline({ before, after, log }: ReportInput): string {
  const factor = printFactor(before.macs, after.macs);
  const parts = [
    convsOf(before) === convsOf(after)
      ? `${plural(before.nodes, 'node')} became ${after.nodes}`
      : `${plural(convsOf(before), 'convolution')} became ${convsOf(after)}`,
    before.batchNorms > 0 &&
      (after.batchNorms === 0
        ? before.batchNorms === 1
          ? 'the batch norm is folded'
          : `all ${plural(before.batchNorms, 'batch norm')} are folded`
        : `${plural(before.batchNorms, 'batch norm')} became ${after.batchNorms}`),
    factor && `${factor} multiply-adds`,
  ].filter((part) => typeof part === 'string');
  return log.some(({ kind }) => kind === 'applied')
    ? `${parts.join(', ')}.`
    : 'There was nothing to merge.';
}

const drawWarnings = ({ warnings = [] }: ReportInput): Html =>
  warnings.length > 0
    ? html`<div class="warnings">
        <p>The model gives NaN or infinite values because of its weights:</p>
        <ul>
          ${warnings.map((warning) => html`<li>${warning}</li>`)}
        </ul>
      </div>`
    : html``;

const drawFile = (file: ReportFile | undefined): Html =>
  file
    ? html`<span
        ><code>${file.name}</code>${file.bytes !== undefined && ` ${printBytes(file.bytes)}`}</span
      >`
    : html``;

const drawLeftOut = (opaque: readonly unknown[], where: string): Html =>
  opaque.length > 0
    ? html`<p class="note">
        ${plural(opaque.length, 'node')} that reparam does not know
        ${opaque.length === 1 ? 'is' : 'are'} not in ${where}.
      </p>`
    : html``;

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
