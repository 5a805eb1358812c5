import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startChild } from '../../bench/child.ts';
import { drawChart } from '../../bench/chart.ts';
import { makeRows } from '../../bench/compare.ts';
import { reparam, type Contestant } from '../../bench/contestants.ts';
import { makeField, measureCase, type Result } from '../../bench/measure.ts';
import { layers, makeModelStore, networks } from '../../bench/networks.ts';
import { readOptions } from '../../bench/options.ts';
import type { BenchResult } from '../../bench/result.ts';
import { summarise } from '../../bench/statistics.ts';
import { printResult } from '../../bench/table.ts';
import { serveWeb } from '../../scripts/serve-web.ts';

const root = join(import.meta.dirname, '../..');

const broken: Contestant = {
  name: 'broken',
  program: join('../../test/bench/broken-peer.ts'),
  provider: '',
  gpu: true,
};

test('quantiles are between the two nearest', () => {
  expect(summarise([4, 1, 2, 3, 5])).toEqual({ min: 1, p25: 2, median: 3, runs: 5 });
  expect(summarise([1, 2])).toMatchObject({ p25: 1.25, median: 1.5 });
  expect(() => summarise([])).toThrow('no times');
});

test('a peer that does not start, or ends, is a failure with its reason', async () => {
  const field = makeField(60);
  const store = await makeModelStore();
  const limits = { minRounds: 1, maxRounds: 1, seconds: 1, turnMs: 0, turnRuns: 1, patience: 60 };
  const context = { field, store, limits, say: () => {} };
  try {
    const measured = await measureCase(networks[1]!, 1, [broken], () => ['plain'], context);
    expect(measured.results).toEqual([]);
    expect(measured.failed).toMatchObject([
      { contestant: 'broken plain', case: 'mobileone-s0', batch: 1 },
    ]);
    expect(measured.failed[0]!.reason).toContain('this peer does not work here');
  } finally {
    field.end();
    store.remove();
  }
});

test.each([
  { turnMs: 60_000, runs: 6 },
  { turnMs: 0, runs: 2 },
])('in each of two rounds, $turnMs ms or three runs', async ({ turnMs, runs }) => {
  const field = makeField(60);
  const store = await makeModelStore();
  const limits = { minRounds: 2, maxRounds: 2, seconds: 1, turnMs, turnRuns: 3, patience: 60 };
  const context = { field, store, limits, say: () => {} };
  const quick = { ...broken, name: 'quick', program: join('../../test/bench/quick-peer.ts') };
  try {
    const { results } = await measureCase(layers[4]!, 1, [quick], () => ['plain'], context);
    expect(results.map(({ times }) => times.runs)).toEqual([runs]);
  } finally {
    field.end();
    store.remove();
  }
});

test('a peer that gives no answer is given up', async () => {
  const child = startChild({ ...broken, provider: 'silent' });
  await expect(child.ask({ do: 'start' }, 0.5)).rejects.toThrow(
    'no answer to "start" within 0.5 s',
  );
  expect(child.alive).toBe(false);
});

const result = (
  contestant: Contestant,
  form: Result['form'],
  ms: number,
  output: number,
): Result => ({
  contestant,
  form,
  times: summarise([ms]),
  output: Float32Array.of(output),
});

test('rows compare plain with all, and training with training', () => {
  const other = { ...broken, name: 'other' };
  const rows = makeRows('net', 1, [
    result(reparam, 'plain', 10, 1),
    result(reparam, 'training', 40, 1),
    result(other, 'plain', 100, 1.5),
    result(other, 'training', 200, 1),
  ]);
  expect(rows.map(({ subject, peer, ratio }) => [subject, peer, ratio])).toEqual([
    ['reparam plain', 'reparam training', 4],
    ['reparam plain', 'other plain', 10],
    ['reparam plain', 'other training', 20],
    ['reparam training', 'other training', 5],
  ]);
  expect(rows[1]!.maxAbsDiff).toBe(0.5);
});

test('the table and the chart show times and failures', () => {
  const times = summarise([12.5]);
  const shown: BenchResult = {
    adapter: 'A & B',
    fmaPeakGflops: 80,
    layersClock: 'timestamp-query',
    rows: [],
    layers: [{ layer: '3x3', kernel: 'conv', ms: 2, gflops: 40, shareOfPeak: 0.5 }],
    failed: [{ contestant: 'other', reason: 'no driver' }],
    timings: [{ case: 'net', batch: 1, contestant: 'reparam plain', times }],
    coldStarts: [],
    steadyState: null,
    profiles: [
      {
        case: 'net',
        form: 'plain',
        whole: times,
        clock: 'wall',
        rounds: 7,
        roofline: { flops: 80e9, bytes: 10e9 },
        layers: [],
      },
    ],
    machine: { cpu: 'C', cores: 2, loadBefore: 0, node: 'v20', platform: 'linux', date: '' },
  };
  const text = printResult(shown);
  for (const part of ['50.0 %', '12.50', 'no driver', 'by timestamps of the device;'])
    expect(text).toContain(part);
  expect(text).toContain('net plain, layer by layer; the whole run took 12.50 ms (p25)\n');
  expect(text).toContain('the GPU did 80.0 GFLOP/s of multiply-adds and copied 10.0 GB/s');
  expect(text).toContain('can exceed 100 %');
  expect(printResult({ ...shown, profiles: [] })).not.toContain('exceed');
  const svg = drawChart(shown);
  expect(svg).toContain('A &amp; B');
  expect(svg.match(/<rect /g)).toHaveLength(1);
});

test('arguments that mean nothing are refused', () => {
  expect(readOptions(['--quick', '--json'])).toMatchObject({ quick: true, json: true, out: null });
  expect(readOptions(['--profile'])).toMatchObject({ part: 'profile', out: null });
  expect(readOptions(['--networks', '--batch', '8', '--quick'])).toMatchObject({
    part: 'networks',
    batches: [8],
  });
  expect([readOptions([]), readOptions(['--quick'])]).toMatchObject([
    { batches: [1, 8] },
    { batches: [1] },
  ]);
  for (const batch of ['0', '1.5', 'all']) {
    expect(() => readOptions(['--batch', batch])).toThrow(`--batch ${batch}: a batch is`);
  }
  expect(() => readOptions(['--case', 'alexnet'])).toThrow('there is no case "alexnet"; there are');
  expect(() => readOptions(['--layers', '--cold-start'])).toThrow('exclude each other');
});

test('a folder that cannot be made is told before anything is measured', async () => {
  const program = ['--import', 'tsx', 'bench/main.ts', '--layers', '--out'];
  for (const folder of ['README.md', 'no/such/folder']) {
    const run = promisify(execFile)(process.execPath, [...program, folder], { cwd: root });
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`--out ${folder} cannot be made a folder`),
    });
  }
});

test('a port that is taken is told', async () => {
  const { url, close } = await serveWeb();
  try {
    await expect(serveWeb(Number(new URL(url).port))).rejects.toThrow('in use');
  } finally {
    await close();
  }
});
