// The page in a real browser, as users open it: from a file, with no network.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../../scripts/browser.ts';
import { conv2d, model, readOnnx, relu, sum, zoo } from '../../src/index.ts';
import { renderReport, type ReportInput } from '../../src/node.ts';
import { chainOf, reportOf } from './report-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'reparam-report-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const rendered = new Map<ReportInput, string>();

interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Opens the report, lets `use` have it, and then expects that nothing was wrong or left the page. */
async function withPage(
  input: ReportInput,
  use: (page: Page) => Promise<void>,
  { colorScheme = 'light', width = 1400 }: Look = {},
): Promise<void> {
  const file = join(folder, 'report.html');
  const html = rendered.get(input) ?? (await renderReport(input));
  rendered.set(input, html);
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const page = await browser.newPage({
    colorScheme,
    viewport: { width, height: 1000 },
    reducedMotion: 'reduce',
  });
  const wrong: string[] = [];
  page.on('console', (message) => wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.route('**/*', (route) => {
    if (route.request().url() === url) return route.continue();
    wrong.push(`request of ${route.request().url()}`);
    return route.abort();
  });
  await page.goto(url);
  await use(page);
  await page.close();
  expect(wrong).toEqual([]);
}

const trainedFile = new URL('../fixtures/onnx/mobileone.train.onnx', import.meta.url);
const mobileone = reportOf(readOnnx(readFileSync(trainedFile)), { title: 'mobileone.train.onnx' });

/** With a skip connection that is refused, so that there is something of every kind. */
const withRefusal = reportOf(
  model('skip', { x: [1, 8, 16, 16] }, ({ x }) => {
    const h = relu(sum(conv2d(8, 3, { padding: 1 })(x!), conv2d(8, 1)(x!)));
    return { y: sum(conv2d(8, 3, { padding: 1 })(h), conv2d(8, 1)(x!)) };
  }),
);

const transform = (page: Page) => page.locator('#view').getAttribute('transform');

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('shows both graphs, side by side and level', async () => {
    await withPage(
      mobileone,
      async (page) => {
        const canvas = (await page.locator('#drawing').boundingBox())!;
        const boxes = [];
        for (const side of ['source', 'plain']) {
          const first = page.locator(`#graph-${side} .box.merged`).first();
          const box = (await first.boundingBox())!;
          expect(box.x).toBeGreaterThan(canvas.x);
          expect(box.x + box.width).toBeLessThan(canvas.x + canvas.width);
          expect(box.y).toBeGreaterThan(canvas.y);
          expect(box.y + box.height).toBeLessThan(canvas.y + canvas.height);
          // Legible without zooming.
          expect(box.height).toBeGreaterThan(30);
          boxes.push(box);
        }
        expect(boxes[0]!.x + boxes[0]!.width).toBeLessThan(boxes[1]!.x);
        const hull = (await page.locator('[data-region="1"] .hull').boundingBox())!;
        const middle = boxes[1]!.y + boxes[1]!.height / 2;
        expect(middle).toBeCloseTo(hull.y + hull.height / 2, 0);
      },
      { colorScheme },
    );
  });

  it('is accessible, contrast included', async () => {
    for (const input of [mobileone, withRefusal]) {
      await withPage(
        input,
        async (page) => {
          await page.locator('.regions summary').click();
          await page.getByText('both', { exact: true }).click();
          await page.evaluate(axe);
          const result = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
          };
          const found = result.violations.map(
            ({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)} ${nodes[0]!.failureSummary}`,
          );
          expect(found).toEqual([]);
        },
        { colorScheme },
      );
    }
  });

  it('has texts in the drawing that contrast with their boxes', async () => {
    await withPage(
      withRefusal,
      async (page) => {
        for (const [text, behind] of [
          ['.box.merged .label', '.box.merged > rect'],
          ['.box.merged .detail', '.box.merged > rect'],
          ['.box.input .detail', '.box.input > rect'],
          ['.where', '.viewer'],
          ['.tick', '.chart'],
        ] as const) {
          const colours = [text, behind].map((selector) => computedColour(page, selector));
          const [front, back] = await Promise.all(colours);
          expect(contrast(front!, back!), `${text} on ${behind}`).toBeGreaterThan(4.5);
        }
      },
      { colorScheme },
    );
  });
});

/** Linear red, green and blue of the fill, or of the background where it is no drawing, from a pixel. */
async function computedColour(page: Page, selector: string): Promise<number[]> {
  const pixel = `(() => {
    const style = getComputedStyle(document.querySelector(${JSON.stringify(selector)}));
    const isDrawn = document.querySelector(${JSON.stringify(selector)}) instanceof SVGElement;
    const context = document.createElement('canvas').getContext('2d');
    context.fillStyle = isDrawn ? style.fill : style.backgroundColor;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  })()`;
  const [r, g, b, a] = (await page.evaluate(pixel)) as number[];
  expect(a).toBe(255);
  return [r!, g!, b!].map((v) =>
    v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
}

/** As WCAG 2 defines it. */
function contrast(a: readonly number[], b: readonly number[]): number {
  const luminance = ([r, g, blue]: readonly number[]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * blue!;
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q);
  return (high! + 0.05) / (low! + 0.05);
}

describe('the drawing', () => {
  it('marks both sides of a region that is pointed at or clicked', async () => {
    await withPage(mobileone, async (page) => {
      const marked = (side: string, name: string) =>
        page
          .locator(`#graph-${side} .box.${name}`)
          .evaluateAll((boxes) => boxes.map((box) => box.getAttribute('data-region')));
      await page.locator('#graph-source .box[data-region="2"]').first().hover();
      expect(new Set(await marked('plain', 'hover'))).toEqual(new Set(['2']));
      await page.locator('#graph-source .box[data-region="2"]').first().click();
      expect(await marked('plain', 'selected')).toEqual(['2']);
      await page.locator('#drawing').press('0');
      await page.locator('#graph-plain .box[data-region="1"]').click();
      expect(await marked('source', 'selected')).toEqual(Array.from({ length: 6 }, () => '1'));
      expect(await page.locator('#about').textContent()).toContain('Region 1, stage0: 6 nodes');
    });
  });

  it('goes from region to region, with both sides in view', async () => {
    await withPage(mobileone, async (page) => {
      await page.locator('#previous').click();
      expect(await page.locator('#which').textContent()).toBe('13 of 13');
      const canvas = (await page.locator('#drawing').boundingBox())!;
      for (const side of ['source', 'plain']) {
        const box = (await page.locator(`#graph-${side} .box.selected`).first().boundingBox())!;
        expect(box.y).toBeGreaterThan(canvas.y);
        expect(box.y + box.height).toBeLessThan(canvas.y + canvas.height);
        expect(box.x + box.width).toBeLessThan(canvas.x + canvas.width);
      }
      await page.locator('#next').click();
      expect(await page.locator('#which').textContent()).toBe('1 of 13');
    });
  });

  it('zooms and moves with buttons, wheel and keys', async () => {
    await withPage(mobileone, async (page) => {
      const states = [await transform(page)];
      const step = async (act: () => Promise<void>) => {
        await act();
        await expect.poll(() => transform(page)).not.toBe(states.at(-1));
        await page.waitForTimeout(50);
        states.push(await transform(page));
      };
      const scale = (state: string | null | undefined) =>
        Number(/scale\(([\d.]+)/.exec(state!)![1]);
      await step(() => page.locator('#zoom-in').click());
      expect(scale(states[1])).toBeGreaterThan(scale(states[0]));
      await page.locator('#drawing').hover();
      await step(() => page.mouse.wheel(0, 200));
      expect(scale(states[2])).toBe(scale(states[1]));
      await page.keyboard.down('Control');
      await step(() => page.mouse.wheel(0, -200));
      await page.keyboard.up('Control');
      expect(scale(states[3])).toBeGreaterThan(scale(states[2]));
      await page.locator('#drawing').focus();
      await step(() => page.keyboard.press('ArrowDown'));
      await step(() => page.keyboard.press('-'));
      await step(() => page.locator('#fit').click());
      const canvas = (await page.locator('#drawing').boundingBox())!;
      const all = (await page.locator('#view').boundingBox())!;
      expect(all.height).toBeLessThanOrEqual(canvas.height);
    });
  });

  it('has texts that fit into their boxes, and boxes that do not overlap', async () => {
    for (const input of [mobileone, reportOf(zoo['repvgg-b1g4']()), withRefusal]) {
      await withPage(input, async (page) => {
        const wide = await page.evaluate(`[...document.querySelectorAll('.box')].flatMap((box) =>
          [...box.querySelectorAll(':scope > text')]
            .filter((text) => text.getBBox().width > Number(box.querySelector('rect').getAttribute('width')) - 6)
            .map((text) => text.textContent))`);
        expect(wide).toEqual([]);
        const overlaps = await page.evaluate(`(() => {
          const boxes = [...document.querySelectorAll('.box > rect')].map((r) => r.getBoundingClientRect());
          return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
        })()`);
        expect(overlaps).toBe(0);
      });
    }
  });
});

describe('the table', () => {
  it('sorts by what is clicked, the most first, and back', async () => {
    await withPage(mobileone, async (page) => {
      const column = async () => {
        const texts = await page
          .locator('#layers tbody tr:not([hidden]) td:nth-child(5)')
          .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('data-value'))));
        return texts;
      };
      const original = await column();
      const header = page.getByRole('columnheader', { name: 'Multiply-adds' }).first();
      const button = page.locator('#layers').getByRole('button', { name: 'Multiply-adds' });
      await button.click();
      expect(await column()).toEqual([...original].sort((a, b) => b - a));
      expect(await column()).not.toEqual(original);
      expect(await header.getAttribute('aria-sort')).toBe('descending');
      await button.click();
      expect(await column()).toEqual([...original].sort((a, b) => a - b));
      await button.click();
      expect(await column()).toEqual(original);
    });
  });

  it('shows what is searched, of the form that is chosen', async () => {
    const input = mobileone;
    await withPage(input, async (page) => {
      const shown = page.locator('#layers tbody tr:not([hidden])');
      expect(await shown.count()).toBe(input.plain.nodes.length);
      await page.getByText('before', { exact: true }).last().click();
      await page.locator('input[value="source"]').check();
      expect(await shown.count()).toBe(input.source.nodes.length);
      await page.locator('#search').fill('batch norm STAGE0');
      expect(await shown.count()).toBe(2);
      expect(await page.locator('#shown').textContent()).toBe('2 layers');
    });
  });

  it('leads to the layer in the drawing', async () => {
    await withPage(mobileone, async (page) => {
      const last = page.locator('#layers tbody tr:not([hidden]) .locate').last();
      const name = await last.textContent();
      await last.click();
      const here = page.locator('#graph-plain .box.here');
      expect(await here.getAttribute('data-name')).toBe(name);
      const canvas = (await page.locator('#drawing').boundingBox())!;
      const box = (await here.boundingBox())!;
      expect(box.y).toBeGreaterThan(canvas.y);
      expect(box.y + box.height).toBeLessThan(canvas.y + canvas.height);
    });
  });
});

describe('other sizes', () => {
  it.each([360, 768, 1600])('does not overflow at %d pixels', async (width) => {
    await withPage(
      mobileone,
      async (page) => {
        await page.locator('.regions summary').click();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        for (const side of ['source', 'plain']) {
          await expect
            .poll(() => page.locator(`#graph-${side} .box`).first().isVisible())
            .toBe(true);
        }
        const plain = (await page.locator('#graph-plain .box').first().boundingBox())!;
        expect(plain.x + plain.width).toBeLessThan(width);
      },
      { width },
    );
  });

  it('copes with 500 nodes', async () => {
    await withPage(reportOf(chainOf(72)), async (page) => {
      expect(await page.locator('#graph-source .box.node').count()).toBe(504);
      await page.locator('#previous').click();
      expect(await page.locator('#graph-plain .box.selected').count()).toBe(1);
    });
  });

  it('prints all of the table', async () => {
    await withPage(mobileone, async (page) => {
      await page.emulateMedia({ media: 'print' });
      const box = (await page.locator('#layers').boundingBox())!;
      const frame = (await page.locator('.scroll:has(#layers)').boundingBox())!;
      expect(frame.height).toBeGreaterThanOrEqual(box.height);
    });
  });
});
