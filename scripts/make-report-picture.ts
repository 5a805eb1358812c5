// Makes docs/report.png, the picture of a report in the README: `npm run picture`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser } from './browser.ts';

const MODEL = 'test/fixtures/onnx/mobileone.train.onnx';
const PICTURE = 'docs/report.png';
const MOST_BYTES = 250_000;

const folder = mkdtempSync(join(tmpdir(), 'reparam-picture-'));
const page = join(folder, 'report.html');
try {
  // As in the README, so that both show the same figures.
  const command = ['optimize', MODEL, '-o', join(folder, 'mobileone.onnx'), '--report', page];
  execFileSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...command], {
    stdio: 'inherit',
  });
  await takePicture();
} finally {
  rmSync(folder, { recursive: true });
}
const { size } = statSync(PICTURE);
if (size > MOST_BYTES) throw new Error(`${PICTURE} has ${size} bytes; at most ${MOST_BYTES}`);
console.log(`${PICTURE}: ${size} bytes`);

async function takePicture(): Promise<void> {
  const browser = await openBrowser();
  try {
    const viewport = { width: 1400, height: 1120 };
    const tab = await browser.newPage({ viewport, colorScheme: 'light' });
    await tab.goto(pathToFileURL(page).href);
    await tab.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
  }
}
