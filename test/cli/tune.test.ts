/** Measuring kernels, keeping what was measured, and using it. No figure is looked at: machines differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { importTuning } from '../../src/index.ts';
import { describeLayer, printEnd } from '../../src/cli/commands/tune.ts';
import { countMeasured } from '../../src/cli/tuning.ts';
import type { Plan } from '../../codegen/index.ts';
import { block, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const { REPARAM_CACHE: before } = process.env;
beforeEach(() => void (process.env['REPARAM_CACHE'] = folder.path('cache')));
afterAll(() => {
  if (before === undefined) delete process.env['REPARAM_CACHE'];
  else process.env['REPARAM_CACHE'] = before;
});

const model = block('repvgg-block');
const file = () => folder.path('tuning.json');
/** However slow the machine is, all is measured. */
const patience = ['--budget', '100000'];

/** Measures, or what it found when it did so first, so that it does so once. */
let found = '';
async function writeMeasurements(): Promise<void> {
  if (found === '') {
    await reparam('tune', model, '--no-cache', '-o', file(), ...patience);
    found = readFileSync(file(), 'utf8');
  }
  writeFileSync(file(), found);
}

const statesOf = async (...options: string[]): Promise<string[]> => {
  const { json } = await reparamJson('tune', model, ...patience, ...options);
  return json['layers'].map(({ state }: { state: string }) => state);
};

test('how many times as fast a layer is, and null where one of both was not timed', () => {
  const speedup = (kernel: string, untuned: string) => {
    const trials = [
      { candidate: 'tiled m8', microseconds: 10 },
      { candidate: 'direct', microseconds: 25 },
      { candidate: 'wrong', rejected: 'it is' },
    ];
    const [name, label = ''] = kernel.split(' ') as [string, string?];
    const best = { kernel: name, label, pipelines: [], mode: 'quick', untuned, trials } as const;
    const job = { key: 'k', nodes: ['a'], state: 'measured', tuned: best, trials } as const;
    return describeLayer(job).speedup;
  };
  expect(speedup('tiled m8', 'direct')).toBe(2.5);
  expect(speedup('direct', 'direct')).toBe(1);
  expect(speedup('tiled m8', 'wrong')).toBe(null);
});

test('a layer of several dispatches counts once, and one without a choice not at all', () => {
  const by = (node: string, kind: 'measurement' | 'estimate' | null) => ({
    node,
    selection: kind && { by: kind },
  });
  const dispatches = [
    by('a', 'measurement'),
    by('a', 'measurement'),
    by('b', 'estimate'),
    by('b', 'estimate'),
    by('c', 'measurement'),
    by('d', null),
  ];
  const plan = { dispatches } as unknown as Plan;
  expect(countMeasured(plan)).toEqual({ layers: 3, measured: 2 });
});

describe('tune', () => {
  test('measures, keeps and writes; what is kept is known, and replaced where it is damaged', async () => {
    const { code, err, json } = await reparamJson('tune', model, '-o', file(), ...patience);
    expect([code, err]).toEqual([0, '']);
    expect(json).toEqual({
      file: model,
      adapter: expect.any(String),
      mode: 'quick',
      optimized: true,
      seconds: expect.any(Number),
      output: file(),
      cache: expect.stringContaining(folder.path('cache')),
      layers: ['/0/Relu', '/1/Relu'].map((node) => ({
        nodes: [node],
        state: 'measured',
        partial: false,
        job: expect.stringMatching(/^conv2d /),
        kernel: expect.any(String),
        untuned: expect.any(String),
        speedup: expect.any(Number),
        trials: expect.any(Array),
      })),
    });
    const written = readFileSync(file(), 'utf8');
    expect(readFileSync(json['cache'], 'utf8')).toBe(written);
    const [jobs] = Object.values(importTuning(written).adapters);
    expect(Object.keys(jobs!).toSorted()).toEqual(
      json['layers'].map(({ job }: { job: string }) => job).toSorted(),
    );
    expect(await statesOf()).toEqual(['known', 'known']);

    writeFileSync(json['cache'], written.slice(0, 100));
    const again = await reparam('tune', model, ...patience);
    expect(again.code).toBe(0);
    expect(again.err).toMatch(
      /^warning: reparam cannot use the measurements in .*: it is damaged: .*\n$/,
    );
    expect(again.err).toContain(json['cache']);
    expect(await statesOf()).toEqual(['known', 'known']);
  });

  test('keeps nothing if it is told so', async () => {
    expect(await statesOf('--no-cache')).toEqual(['measured', 'measured']);
    expect(folder.files()).toEqual([]);
  });

  test('does not claim to keep what it cannot write', async () => {
    writeFileSync(folder.path('cache'), 'a file, no folder');
    const { code, err, json } = await reparamJson('tune', model, ...patience);
    expect(code).toBe(0);
    expect(err.match(/cannot write/g)).toHaveLength(1);
    expect(json['cache']).toBe(null);
    expect((await reparam('tune', model, ...patience)).out).not.toContain('kept in');
  });

  test('in words', async () => {
    const { code, out, err } = await reparam('tune', model, ...patience);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ {2}layer +candidates +kernel +µs +by estimate +times as fast$/m);
    expect(out).toMatch(/^ {2}\/0\/Relu +\d +conv-\S+( \S+)? +\d+ .*\d\.\d\d$/m);
    expect(out).toMatch(/^2 of 2 kinds of layer measured in \d+\.\d s, 0 known before, on .+$/m);
    expect(out).toContain(`kept in ${folder.path('cache')}`);
  });

  test('says what the time was too short for', () => {
    const lines = (...layers: (readonly ['measured' | 'late', boolean])[]) =>
      printEnd(
        { milliseconds: 1000 },
        layers.map(([state, partial]) => ({ state, partial })),
        'a card',
      );
    const [all, part, late] = [
      ['measured', false],
      ['measured', true],
      ['late', false],
    ] as const;
    expect(lines(all)).toHaveLength(1);
    expect(lines(all, part, late, late)).toEqual([
      '2 of 4 kinds of layer measured in 1.0 s, 0 known before, on a card',
      'the time was over before 2 of them and within 1 of them, which the next run measures again; give more with --budget',
    ]);
    expect(lines(late)[1]).toBe('the time was over before 1 of them; give more with --budget');
  });

  test('of wrong usage', async () => {
    expect(await reparam('tune', model, '--mode', 'slow')).toMatchObject({ code: 2 });
    expect(await reparam('tune', model, '--budget', '0')).toMatchObject({ code: 2 });
    expect(await reparam('tune', model, '-o', folder.path('no/x.json'))).toMatchObject({ code: 1 });
  });
});

describe('what was measured', () => {
  const tunedLayers = async (...options: string[]) => {
    const args = ['bench', model, '--rounds', '1', '--profile', ...options];
    const { code, err, json } = await reparamJson(...args);
    expect([code, err]).toEqual([0, '']);
    return json['plain'].profile.layers.map(({ tuned }: { tuned: boolean }) => tuned);
  };

  test('is what bench uses, as long as shaders are the same', async () => {
    await writeMeasurements();
    const isMeasured = { layers: 2, measured: 2 };
    const args = ['bench', model, '--rounds', '1', '--tuning', file()];
    const { err: quiet, json: both } = await reparamJson(...args);
    // The training form has none of these layers, and no warning for it.
    expect([quiet, both['plain'].tuning, both['training'].tuning.measured]).toEqual([
      '',
      isMeasured,
      0,
    ]);
    expect(await tunedLayers()).toEqual([false, false]);
    expect(await tunedLayers('--tuning', file())).toEqual([true, true]);
    writeFileSync(file(), found.replace(/("pipelines": \[\s*"[^"]+)"/, '$1 before"'));
    const { err, json } = await reparamJson(...args, '--profile');
    const layers = json['plain'].profile.layers.map(({ tuned }: { tuned: boolean }) => tuned);
    expect(layers.toSorted()).toEqual([false, true]);
    expect(err).toContain(`1 of the 2 measurements for this model in ${file()} are not used`);
    writeFileSync(file(), '{"version":1,"adapters":{"a card":{}}}');
    const other = await reparam(...args);
    expect(other.err.match(/^warning: .*$/gm)).toEqual([
      expect.stringContaining(`${file()} is not used: nothing in it is for this adapter`),
    ]);
  });

  test('is found in the cache by bench, if it is told to look', async () => {
    await statesOf();
    expect(await tunedLayers('--tune', 'quick')).toEqual([true, true]);
    expect(await tunedLayers('--tune', 'off')).toEqual([false, false]);
  });

  test('is used by run', async () => {
    await writeMeasurements();
    const input = folder.path('x.f32');
    writeFileSync(input, new Float32Array(2 * 12 * 13 * 17).fill(0.5));
    const run = async (...options: string[]) => {
      const { code, err, json } = await reparamJson('run', model, '-i', input, ...options);
      expect([code, err]).toEqual([0, '']);
      return [json['outputs'][0], json['tuning']];
    };
    const [plain, unmeasured] = await run();
    expect(unmeasured).toEqual({ layers: 2, measured: 0 });
    const [tuned, measured] = await run('--tuning', file());
    expect(tuned).toMatchObject({ name: plain.name, shape: plain.shape });
    expect(measured).toEqual({ layers: 2, measured: 2 });
    expect(await run('--tuning', file(), '--tune', 'quick')).toEqual([tuned, measured]);
  });

  test('is not used silently where it is of another model', async () => {
    await writeMeasurements();
    writeFileSync(file(), readFileSync(file(), 'utf8').replaceAll('conv2d [', 'conv2d [9'));
    const { err } = await reparam('bench', model, '--rounds', '1', '--tuning', file());
    expect(err.match(/^warning: .*$/gm)).toEqual([
      expect.stringContaining('none of what it has for this adapter is of a layer of this model'),
    ]);
  });

  test('can only be written to what is or becomes a file', async () => {
    const { code, err } = await reparam('tune', model, '-o', '/dev/null');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^reparam: cannot write \/dev\/null: it is not a regular file$/m),
    ]);
  });

  test('must be measurements', async () => {
    writeFileSync(file(), '{"version":3}');
    const { code, err } = await reparam('bench', model, '--tuning', file());
    expect(code).toBe(1);
    expect(err).toBe(
      `reparam: ${file()}: it is of version 3; this reparam reads tunings of version 1\n`,
    );
    const missing = await reparam('bench', model, '--tuning', folder.path('none.json'));
    expect(missing).toMatchObject({ code: 1 });
  });
});
