import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { batchNorm, conv2d, model, parse, readOnnx, relu, sum } from '../../src/index.ts';
import { zoo } from '../../src/index.ts';
import { checkEquivalence } from '../../src/equivalence/index.ts';
import type { LayerProfile } from '../../src/index.ts';
import { renderReport, type FormProfile } from '../../src/node.ts';
import { randomWeights } from '../support/random-weights.ts';
import { chainOf, reportOf, verified } from './report-of.ts';

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&#39;');

const trained = (name: string) =>
  readOnnx(readFileSync(new URL(`../fixtures/onnx/${name}.train.onnx`, import.meta.url)));

const profileOf = (node: string, us: number, more: Partial<LayerProfile> = {}): FormProfile => ({
  clock: 'timestamp-query',
  rounds: 10,
  roofline: { flops: 80e9, bytes: 10e9 },
  layers: [
    {
      node,
      covers: [node],
      what: 'conv',
      kernel: 'conv-winograd rows2x16',
      candidates: 7,
      tuned: false,
      dispatches: 1,
      conversions: 0,
      saved: 0,
      us: { min: us / 2, p25: us, median: 2 * us },
      share: 1,
      flops: 1000,
      bytes: 100,
      gflops: 12.3,
      gigabytes: 4.56,
      ofRoofline: 1.3,
      ...more,
    },
  ],
});

// A failure should not print the whole page.
const expectText = (page: string, text: string) =>
  expect(page.includes(text) || `lacks ${text}`).toBe(true);
const expectNoText = (page: string, text: string) =>
  expect(!page.includes(text) || `has ${text}`).toBe(true);

const count = (page: string, text: string) => page.split(text).length - 1;

describe('the page', () => {
  it.each(['mobileone', 'repvgg-article', 'repvgg-g2'])('has every node of %s', async (name) => {
    const input = reportOf(trained(name));
    const page = await renderReport(input);
    for (const form of ['source', 'plain'] as const) {
      for (const { id } of input[form].nodes) {
        expectText(page, `data-name="${escape(id)}" data-side="${form}"`);
      }
    }
    const rows = input.source.nodes.length + input.plain.nodes.length;
    expect(count(page, '<tr data-side=')).toBe(rows);
  });

  it('draws each region once, on both sides, and lists it', async () => {
    const page = await renderReport(reportOf(chainOf(5)));
    for (let region = 1; region <= 5; region++) {
      expect(count(page, `data-region="${region}" data-frame=`)).toBe(1);
      const own = (side: string) => count(page, `data-side="${side}" data-region="${region}"`);
      expect([own('source'), own('plain')]).toEqual([7, 1]);
    }
    expect(count(page, 'data-region="6"')).toBe(0);
    expectText(page, 'All 5 regions as a list');
    expectText(page, 'conv 3×3, 3 × batch norm, conv 1×1, sum, relu</td>');
  });

  it('states the totals and the check', async () => {
    const page = await renderReport(reportOf(trained('mobileone')));
    expectText(page, '44 convolutions became 13');
    expectText(page, 'all 50 batch norms are folded');
    expectText(page, 'Verified: computes the same');
    expectText(page, '<dd>3.2e-6</dd>');
    expectText(page, 'The difference is 2.3 % of it.');
    expectText(page, 'an activation counts with the layer before it');
  });

  it('says when the check failed, and when there was none', async () => {
    const input = reportOf(chainOf(1));
    const failed = await renderReport({ ...input, equivalence: { ...verified, ok: false } });
    expectText(failed, 'Differs from the source');
    expectNoText(failed, 'Verified');
    const infinite = { ...verified, ok: false, maxAbsError: Infinity };
    const page = await renderReport({ ...input, equivalence: infinite });
    expectText(page, 'one is NaN or infinite where the other is not.');
    const unchecked = await renderReport({ ...input, equivalence: undefined });
    expectText(unchecked, 'Not verified');
  });

  it('groups the log by rule, with the reasons of refusals', async () => {
    const network = model('skip', { x: [1, 8, 16, 16] }, ({ x }) => {
      const h = relu(conv2d(8, 3, { padding: 1 })(x!));
      return { y: sum(conv2d(8, 3, { padding: 1 })(h), conv2d(8, 1)(x!)) };
    });
    const input = reportOf(network);
    const refused = input.log.filter(({ kind }) => kind === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    const page = await renderReport(input);
    expectText(page, escape(refused[0]!.why));
    expectText(page, '<code>pad-1x1-to-3x3</code> <span class="count">');
    expectText(page, 'it would change the result');
  });

  it('says that there was nothing to do', async () => {
    const network = model('one', { x: [1, 3, 8, 8] }, ({ x }) => ({ y: conv2d(4, 3)(x!) }));
    const input = reportOf(network);
    const nothing = await checkEquivalence(input.source, input.plain);
    const page = await renderReport({ ...input, equivalence: nothing });
    expectText(page, 'There was nothing to merge.');
    expectText(page, '>Nothing was changed</span>');
    expectNoText(page, 'Both graphs were evaluated');
    expectNoText(page, 'Verified');
    expectNoText(page, 'an activation counts');
    expectText(page, 'Nothing was rewritten.');
  });

  it('speaks of one BatchNorm as of one', async () => {
    const network = model('one', { x: [1, 3, 8, 8] }, ({ x }) => ({
      y: batchNorm()(conv2d(4, 3)(x!)),
    }));
    expectText(await renderReport(reportOf(network)), 'the batch norm is folded');
  });

  it('has a column of times only where there are some', async () => {
    const input = reportOf(chainOf(1));
    expectNoText(await renderReport(input), '>Time<');
    const plain = profileOf(input.plain.nodes[0]!.id, 1234);
    const page = await renderReport({ ...input, profile: { device: 'Some GPU', plain } });
    for (const title of ['Time', 'GFLOP/s', 'GB/s', 'Roofline']) expectText(page, `>${title}<`);
    for (const figure of ['1.23 ms', '12.3', '4.6', '130.0 %']) expectText(page, figure);
    expectText(page, 'conv-winograd rows2x16, the cheapest estimate of 7</span>');
    expectText(page, 'On Some GPU, all layers together take 1.23 ms after.');
    expectText(page, 'the GPU did 80.0 GFLOP/s of multiply-adds and copied 10.0 GB/s');
    expectText(page, 'can exceed 100 %');
  });

  it('compares the times of both forms, and names nodes that are computed with others', async () => {
    const input = reportOf(chainOf(1));
    const [first, second] = input.source.nodes;
    const page = await renderReport({
      ...input,
      profile: {
        device: 'Some GPU',
        source: profileOf(first!.id, 3000, { covers: [first!.id, second!.id], tuned: true }),
        plain: profileOf(input.plain.nodes[0]!.id, 1000),
      },
    });
    expectText(page, 'take 3.00 ms before, 1.00 ms after (3.00× less).');
    expectText(page, `<span class="kernel">with ${escape(first!.id)}</span>`);
    expectText(page, 'conv-winograd rows2x16, the fastest measured of 7</span>');
  });

  it('shows opaque nodes in both graphs, between what they read and give', async () => {
    // The file is conv -> my::Resample -> relu; the middle is not in the graph.
    const source = parse(
      `graph file(%x: f32[1,3,8,8], %mid: f32[1,4,16,16]) {
      const %w : f32[4,3,3,3]
      %c = conv2d %x, %w : f32[1,4,6,6]
      %y = relu %mid : f32[1,4,16,16]
      return %c, %y
    }`,
      randomWeights('opaque'),
    );
    const opaque = [
      { name: 'up', op: 'my::Resample', inputs: ['c'], outputs: ['mid'], why: 'it is unknown' },
    ];
    const page = await renderReport(reportOf(source, { opaque }));
    expect(count(page, 'class="box opaque')).toBe(2);
    // Neither what it reads nor what it gives is an end of the file.
    expectNoText(page, 'class="box output op-output" data-name="c"');
    expectNoText(page, 'class="box input op-input" data-name="mid"');
    expectText(page, 'it is unknown');
    expect(count(page, 'class="arrow"')).toBe(2 * 4);
  });
});

describe('layers behind an opaque node', () => {
  const behind = (shape: string, out: string) =>
    parse(
      `graph file(%x: f32[1,3,8,8], %mid: f32${shape}) {
      const %w : f32[4,3,3,3]
      const %v : f32[4,3,3,3]
      %c = conv2d %x, %w : f32[1,4,6,6]
      %y = conv2d %mid, %v : f32${out}
      return %c, %y
    }`,
      randomWeights('behind'),
    );
  const opaque = [
    { name: 'up', op: 'my::Resample', inputs: ['c'], outputs: ['mid'], why: 'it is unknown' },
  ];

  it('have no figures where their sizes are not known', async () => {
    const source = behind('[1,3,H,8]', '[1,4,H-2,6]');
    const input = { ...reportOf(behind('[1,3,8,8]', '[1,4,6,6]')), source, plain: source, opaque };
    const page = await renderReport(input);
    expectText(page, '1 of 2 layers before and 1 of 2 layers after have sizes that are not known');
    // Conv, 4 by 3 by 9 weights at 36 places; input, weights, output.
    expectText(page, '3.89 kMAC');
    expectNoText(page, 'MMAC');
    expectText(page, '1 node that reparam does not know is not in these charts.');
    expectText(page, '1 node that reparam does not know is not in this table.');
    const without = await renderReport({ ...input, opaque: [] });
    expectNoText(without, 'sizes that are not known');
    expectNoText(without, 'not in these charts');
  });
});

describe('what comes from a file', () => {
  it('is text wherever it stands', async () => {
    const evil = '</script><img src=x onerror="alert(1)">';
    const name = JSON.stringify(evil);
    const source = parse(
      `graph ${name}(%${name}: f32[1,3,8,8]) {
      const %w : f32[4,3,3,3]
      const %v : f32[4,3,3,3]
      %a = conv2d %${name}, %w {pads=[1,1,1,1]} : f32[1,4,8,8] @${JSON.stringify(`${evil}a`)}
      %b = conv2d %${name}, %v {pads=[1,1,1,1]} : f32[1,4,8,8] @${JSON.stringify(`${evil}b`)}
      %c = sum %a, %b : f32[1,4,8,8] @${JSON.stringify(`${evil}c`)}
      return ${name}=%c
    }`,
      randomWeights('evil'),
    );
    const page = await renderReport({
      ...reportOf(source),
      title: evil,
      files: { source: { name: evil, bytes: 1 }, plain: { name: evil } },
      opaque: [{ name: evil, op: evil, inputs: [evil], outputs: [], why: evil }],
      equivalence: { ...verified, method: evil },
      profile: { device: evil, source: profileOf(`${evil}a`, 1, { kernel: evil }) },
    });
    expectNoText(page, '<img');
    expectNoText(page, 'onerror="');
    expect(count(page, '</script>')).toBe(1);
    expect(count(page, '&lt;/script&gt;&lt;img')).toBeGreaterThan(15);
  });
});

describe('a large model', () => {
  it('of 500 nodes gives a page of moderate size', async () => {
    const page = await renderReport(reportOf(chainOf(72)));
    expect(page.length).toBeLessThan(1_500_000);
    const s0 = await renderReport(reportOf(zoo['mobileone-s0']({ input: [1, 3, 224, 224] })));
    expectText(s0, '191 convolutions became 43');
    expect(s0.length).toBeLessThan(1_500_000);
  });

  it('is drawn in part, and the page says so', async () => {
    const input = reportOf(chainOf(230));
    const page = await renderReport(input);
    expectText(page, 'The drawing has the first 1,500 of 1,610 nodes; the table has all.');
    expect(count(page, 'class="box node')).toBeLessThan(1_800);
    expect(count(page, '<tr data-side="source"')).toBe(1_610);
  });
});

it('loads nothing from elsewhere', async () => {
  const page = await renderReport(reportOf(chainOf(2)));
  expectText(page, escape("default-src 'none'"));
  // Scripts name licences and namespaces in comments and texts, but no element or style refers to one.
  expect(page.match(/<(?:link|img|iframe|object|embed|base)\b/)).toBe(null);
  expect(page.match(/<script[^>]+src|@import|url\((?!#)/)).toBe(null);
});
