/** The page that `optimize --report` writes, and the times that `--profile` adds to it. */
import { readFileSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeAdapter } from '../../src/cli/adapter.ts';
import { device } from '../../src/index.ts';
import { block, feature, fixture, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const mobileone = fixture('onnx/mobileone.train.onnx');

test('a report', async () => {
  const [out, report] = [folder.path('out.onnx'), folder.path('report.html')];
  const args = ['optimize', mobileone, '-o', out, '--report', report];
  const { code, json } = await reparamJson(...args);
  expect([code, json['report']]).toEqual([0, report]);
  expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/i);
  expect(readFileSync(report, 'utf8')).not.toContain('>Roofline<');
});

test('a report with what each layer takes, before and after', async () => {
  const report = folder.path('report.html');
  const args = ['optimize', block('repvgg-block'), '-o', folder.path('out.onnx')];
  const { code, err } = await reparam(...args, '--report', report, '--profile');
  expect([code, err]).toEqual([0, '']);
  const page = readFileSync(report, 'utf8');
  expect(page).toContain('>Roofline<');
  expect(page).toContain(`On ${describeAdapter(await device())}, all layers`);
  expect(page.match(/in the same rounds the GPU did/g)).toHaveLength(2);
  expect(page).toMatch(/all layers together take \S+ (µs|ms) before,\s+\S+ (µs|ms) after/);
  // Every layer has a kernel: fourteen before, and after they are two.
  expect(page.match(/<span class="kernel">/g)).toHaveLength(16);
});

test('a report with the times of a model whose sizes are open', async () => {
  const [out, report] = [folder.path('out.onnx'), folder.path('report.html')];
  const args = ['optimize', feature('dynamic-batch'), '-o', out, '--report', report];
  const { code, err } = await reparam(...args, '--profile');
  expect([code, err]).toEqual([0, '']);
  expect(readFileSync(report, 'utf8')).toContain('>Roofline<');
});

test('no profile without a report', async () => {
  const out = folder.path('out.onnx');
  const { code, err } = await reparam('optimize', block('repvgg-block'), '-o', out, '--profile');
  expect([code, err]).toEqual([2, expect.stringContaining('--profile needs --report')]);
  expect(folder.files()).toEqual([]);
});

test('a report without the times of what the GPU cannot run, with a warning', async () => {
  const [out, report] = [folder.path('out.onnx'), folder.path('report.html')];
  const args = ['optimize', feature('custom-between'), '-o', out, '--report', report];
  const { code, err } = await reparam(...args, '--profile');
  expect(code).toBe(0);
  expect(err).toMatch(/^warning: the report is without the times that --profile asks for: /);
  expect(err).toContain('cannot run on the GPU');
  expect(folder.files().toSorted()).toEqual(['out.onnx', 'report.html']);
  expect(readFileSync(report, 'utf8')).not.toContain('>Roofline<');
});

test('nothing is written where the report cannot be', async () => {
  const out = folder.path('out.onnx');
  const impossible = await reparam('optimize', mobileone, '-o', out, '--report', '/proc/a.html');
  expect([impossible.code, impossible.err]).toEqual([
    1,
    expect.stringMatching(
      /^reparam: cannot write \/proc\/a\.html: .*(give another place|make it first)$/m,
    ),
  ]);
  for (const [report, code, message] of [
    [folder.path('no/report.html'), 1, 'does not exist'],
    [folder.path('report'), 2, 'must end in .html'],
    [folder.path('report.pdf'), 2, 'must end in .html'],
    [out, 2, 'must end in .html'],
    [mobileone, 2, 'must end in .html'],
  ] as const) {
    const result = await reparam('optimize', mobileone, '-o', out, '--report', report);
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(message)]);
  }
  expect(folder.files()).toEqual([]);
});

// Windows lets few make links.
test.each(process.platform === 'win32' ? [false] : [false, true])(
  'nothing is written where the report is the model; through a link: %s',
  async (isLinked) => {
    const file = folder.copy(mobileone, 'model.html');
    const report = isLinked ? folder.path('report.html') : file;
    if (isLinked) symlinkSync(file, report);
    const before = folder.files();
    const args = ['-o', folder.path('out.onnx'), '--report', report];
    const { code, err } = await reparam('optimize', file, ...args);
    expect([code, err]).toEqual([2, expect.stringContaining('cannot be the file of a model')]);
    expect(folder.files()).toEqual(before);
  },
);
