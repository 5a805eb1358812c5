// The page of examples/web in a real browser, on the software adapter that Chromium brings.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../../scripts/browser.ts';
import { serveWeb } from '../../scripts/serve-web.ts';
import { compile, evaluate, graphStats, readOnnx, specialise } from '../../src/index.ts';
import { fashionImages } from '../fixtures/fashion.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../fixtures/onnx/${name}.onnx`, import.meta.url));
const trained = fixture('mobileone.train');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 120_000;

let browser: Browser;
let server: Awaited<ReturnType<typeof serveWeb>>;
beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser({ gpu: true }), serveWeb()]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Opens the page, lets `use` have it, and then expects that nothing was wrong or left this machine. */
async function withPage(use: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.route('**/*', (route) => {
    const { hostname } = new URL(route.request().url());
    if (hostname === 'localhost') return route.continue();
    wrong.push(`request of ${route.request().url()}`);
    return route.abort();
  });
  try {
    await page.goto(server.url);
    await use(page);
    expect(wrong).toEqual([]);
  } finally {
    await page.close();
  }
}

test('a file becomes a plain one that computes the same', { timeout: PATIENCE }, async () => {
  await withPage(async (page) => {
    await page.locator('#file').setInputFiles(trained);
    const link = page.getByRole('link', { name: 'Download mobileone.train.plain.onnx' });
    await link.waitFor({ timeout: PATIENCE });
    expect(await page.locator('#status').textContent()).toMatch(/^mobileone\.train\.onnx on ./);
    expect(await page.locator('#result > p').textContent()).toMatch(
      /^Computes the same \(whole graph and 13 rewritten regions\), \d+\.\d\d times as fast\. On the GPU, on noise, outputs differ by \d\.\de-[678]\.$/,
    );
    const cells = await page.locator('#result tr').allInnerTexts();
    expect(cells).toContain('convolutions\t44\t13');

    const downloading = page.waitForEvent('download');
    await link.click();
    const downloaded = readOnnx(readFileSync(await (await downloading).path()));
    const { graph: plain } = compile(readOnnx(readFileSync(trained)));
    expect(graphStats(downloaded)).toMatchObject({ convs: 13, batchNorms: 0 });
    const inputs = { [plain.inputs[0]!.id]: fashionImages(2) };
    const dims = { [String(plain.inputs[0]!.shape[0])]: 2 };
    const [ours, theirs] = [plain, downloaded].map((one) =>
      evaluate(specialise(one, dims), inputs),
    );
    expect(Object.values(theirs!)).toEqual(Object.values(ours!));

    await page.evaluate(axe);
    expect(await page.evaluate('axe.run().then(({ violations }) => violations)')).toEqual([]);
  });
});

/** What the page's IndexedDB has, by adapter. */
const readStored = async (page: Page): Promise<string[]> =>
  page.evaluate(`new Promise((resolve) => {
    const opening = indexedDB.open('reparam');
    opening.onsuccess = () => {
      const reading = opening.result.transaction('tuning').objectStore('tuning').getAll();
      reading.onsuccess = () => resolve(reading.result);
      opening.result.close();
    };
  })`);

test('what was measured is kept in the browser', { timeout: PATIENCE }, async () => {
  await withPage(async (page) => {
    const tune = async () => {
      await page.locator('#tune').check();
      await page.locator('#file').setInputFiles(trained);
      await page.getByRole('link', { name: 'Download' }).waitFor({ timeout: PATIENCE });
      return readStored(page);
    };
    const measured = await tune();
    expect(measured).toHaveLength(1);
    expect(measured[0]).toContain('conv');
    await page.reload();
    // Measured again, it would have taken other times.
    expect(await tune()).toEqual(measured);
  });
});

test('what is no model is refused, and the page goes on', { timeout: PATIENCE }, async () => {
  await withPage(async (page) => {
    const failure = page.locator('#status[data-failed]');
    await page.locator('#file').setInputFiles(fileURLToPath(import.meta.url));
    await failure.waitFor();
    expect(await failure.textContent()).toMatch(/^page\.test\.ts/);
    await page.locator('#file').setInputFiles(trained);
    await page.getByRole('link', { name: 'Download' }).waitFor({ timeout: PATIENCE });
    expect(await failure.count()).toBe(0);
  });
});

test('the file that is chosen last is shown', { timeout: PATIENCE }, async () => {
  await withPage(async (page) => {
    await page.locator('#file').setInputFiles(trained);
    await page.locator('#file').setInputFiles(fixture('blocks/transposed-conv'));
    const link = page.getByRole('link', { name: 'Download transposed-conv.plain.onnx' });
    await link.waitFor({ timeout: PATIENCE });
    const cells = await page.locator('#result tr').allInnerTexts();
    expect(cells.join()).toMatch(/transposed convolutions\t[1-9]/);
  });
});

test('nodes that are not supported are named', async () => {
  await withPage(async (page) => {
    await page.locator('#file').setInputFiles(fixture('features/custom-between'));
    const failure = page.locator('#status[data-failed]');
    await failure.waitFor();
    expect(await failure.textContent()).toMatch(/cannot be run here/);
  });
});

test('a browser without WebGPU is told what to do', async () => {
  await withPage(async (page) => {
    await page.evaluate(`Object.defineProperty(navigator, 'gpu', { value: undefined })`);
    await page.locator('#file').setInputFiles(trained);
    const failure = page.locator('#status[data-failed]');
    await failure.waitFor();
    expect(await failure.textContent()).toContain('this browser has no WebGPU; use a recent');
  });
});
