// Makes docs/report.png, the picture of a report in the README: `npm run picture`.
import { readFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, graphStats, readOnnx, specialise, writeOnnx, type Graph } from '../src/index.ts';
import { checkEquivalence } from '../src/equivalence/index.ts';
import { renderReport, type ReportStats } from '../src/node.ts';
import { openBrowser } from './browser.ts';

const NAME = 'mobileone.train.onnx';
const PICTURE = 'docs/report.png';
const MOST_BYTES = 250_000;

const start = performance.now();
const file = readFileSync(`test/fixtures/onnx/${NAME}`);
const read = readOnnx(file, { what: NAME });
const open = read.inputs[0]!.shape.find((size) => typeof size === 'string')!;
const source = specialise(read, { [open]: 1 });
const { graph: plain, log } = compile(source);
const equivalence = await checkEquivalence(source, plain);

const statsOf = (graph: Graph): ReportStats => ({
  ...graphStats(graph),
  peakActivationBytes: compile(graph, { passes: [] }).plan().peakBytes,
});
const html = await renderReport({
  title: NAME,
  files: {
    source: { name: NAME, bytes: file.length },
    plain: { name: 'mobileone.onnx', bytes: writeOnnx(plain).length },
  },
  source,
  plain,
  log,
  before: statsOf(source),
  after: statsOf(plain),
  equivalence,
  seconds: (performance.now() - start) / 1000,
});

const folder = mkdtempSync(join(tmpdir(), 'reparam-picture-'));
const browser = await openBrowser();
try {
  const page = join(folder, 'report.html');
  writeFileSync(page, html);
  const viewport = { width: 1400, height: 1120 };
  const tab = await browser.newPage({ viewport, colorScheme: 'light' });
  await tab.goto(pathToFileURL(page).href);
  await tab.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
const { size } = statSync(PICTURE);
if (size > MOST_BYTES) throw new Error(`${PICTURE} has ${size} bytes; at most ${MOST_BYTES}`);
console.log(`${PICTURE}: ${size} bytes`);
