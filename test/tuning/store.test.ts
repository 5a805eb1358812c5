/** What was measured, kept in files and in IndexedDB: damage costs a warning, never a failure. */
import 'fake-indexeddb/auto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adapterKey, cacheProblem, defaultStore, exportTuning } from '../../src/tuning/index.ts';
import { fileStore, indexedDbStore } from '../../src/tuning/index.ts';
import type { TunedJob, TunedJobs } from '../../src/tuning/index.ts';
import { loadJobs, saveJobs } from '../../src/tuning/store.ts';
import { tuningOf } from '../../src/tuning/tuning.ts';
import { defaultProfile } from '../../codegen/index.ts';

const adapter = 'maker | arch | card | driver 1.2 | subgroups of 32 | shader-f16';
const job = (kernel: string): TunedJob => ({
  kernel,
  label: 'm8y4x7',
  pipelines: [`${kernel} m8y4x7 0`],
  mode: 'quick',
  untuned: 'conv-direct',
  trials: [
    { candidate: `${kernel} m8y4x7`, microseconds: 12.5 },
    { candidate: 'wrong', rejected: 'element 1 is 2, not 3' },
  ],
});
const jobs: TunedJobs = { 'conv2d [1]': job('conv-tiled') };

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'reparam-tuning-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const loadQuietly = async (store = fileStore(folder), key = adapter) => {
  const warnings: string[] = [];
  const found = await loadJobs(store, key, (text) => warnings.push(text));
  return { found, warnings };
};
/** Of a folder in /proc, where there is none, or where nobody may make one. */
const impossible = /(no file can be made there|it may not be written there|can only be read)$/;
const fail = (text: string) => expect.unreachable(text);
const save = (all: TunedJobs, store = fileStore(folder)) => saveJobs(store, adapter, all, fail);
const file = () => join(folder, readdirSync(folder)[0]!);

describe('files', () => {
  test('keep what they are given, and only that', async () => {
    expect(await loadQuietly()).toEqual({ found: {}, warnings: [] });
    await save(jobs);
    expect(await loadQuietly()).toEqual({ found: jobs, warnings: [] });
    expect(readdirSync(folder)).toEqual([basename(await fileStore(folder).placeOf(adapter))]);
    expect(basename(file())).toMatch(/^tuning-maker-arch-card-driver-1-2-[0-9a-f]{14}\.json$/);
  });
  test('add to what is there', async () => {
    await save(jobs);
    await save({ other: job('conv-direct') });
    await save({ other: job('conv-pointwise') });
    expect((await loadQuietly()).found).toEqual({ ...jobs, other: job('conv-pointwise') });
  });
  test('go into folders that are made for them, where they can be', async () => {
    const inner = join(folder, 'a', 'b', 'c');
    await save(jobs, fileStore(inner));
    await save(jobs, fileStore(inner));
    expect((await loadQuietly(fileStore(inner))).found).toEqual(jobs);
    // Node's own way to make folders in folders would try for ever in /proc.
    writeFileSync(join(folder, 'file'), '');
    for (const [place, reason] of [
      ['/proc/nobody/can/make/this', impossible],
      [join(folder, 'file', 'in', 'it'), /: a part of the path is no folder$/],
    ] as const) {
      const warnings: string[] = [];
      const store = fileStore(place);
      expect(await saveJobs(store, adapter, jobs, (text) => warnings.push(text))).toBe(false);
      expect(warnings).toEqual([expect.stringMatching(reason)]);
    }
  });
  test('are one for each adapter', async () => {
    const other = adapter.replace('1.2', '1-2');
    await save(jobs);
    await saveJobs(fileStore(folder), other, {}, fail);
    expect(readdirSync(folder)).toHaveLength(2);
    expect((await loadQuietly(fileStore(folder), other)).found).toEqual({});
  });
  test('make the folder', async () => {
    await save(jobs, fileStore(join(folder, 'a', 'b')));
    expect((await loadQuietly(fileStore(join(folder, 'a', 'b')))).found).toEqual(jobs);
  });
  test('survive many writers at once, and leave nothing else behind', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `job ${i}`);
    await Promise.all(names.map((name) => save({ [name]: job('conv-tiled') })));
    const { found, warnings } = await loadQuietly();
    expect(warnings).toEqual([]);
    expect(Object.keys(found).length).toBeGreaterThan(0);
    for (const name of Object.keys(found)) expect(names).toContain(name);
    expect(readdirSync(folder)).toHaveLength(1);
  });
  test('that cannot be written cost a warning', async () => {
    const taken = join(folder, 'taken');
    writeFileSync(taken, '');
    const warnings: string[] = [];
    await saveJobs(fileStore(taken), adapter, jobs, (text) => warnings.push(text));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`cannot write the measurements in ${join(taken, 'tuning-')}`);
  });
  test('that cannot be written where the system has them: the warning says what to do', async () => {
    const before = process.env['REPARAM_CACHE'];
    process.env['REPARAM_CACHE'] = '/proc/nobody';
    try {
      const warnings: string[] = [];
      await saveJobs(fileStore(), adapter, jobs, (text) => warnings.push(text));
      expect(warnings).toEqual([
        expect.stringMatching(/: [^;]+; the variable REPARAM_CACHE names another folder$/),
      ]);
      expect(await cacheProblem()).toMatch(impossible);
      process.env['REPARAM_CACHE'] = join(folder, 'a', 'b');
      expect(await cacheProblem()).toBe(null);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['REPARAM_CACHE'];
      else process.env['REPARAM_CACHE'] = before;
    }
  });
  test('that cannot be read cost a warning', async () => {
    await mkdir(await fileStore(folder).placeOf(adapter));
    const { found, warnings } = await loadQuietly();
    expect(found).toEqual({});
    expect(warnings[0]).toMatch(/cannot read the measurements in .*: it is a folder$/);
    const before = readdirSync(folder);
    expect(await saveJobs(fileStore(folder), adapter, jobs, (text) => warnings.push(text))).toBe(
      false,
    );
    expect(warnings[1]).toMatch(
      /cannot write the measurements in .*: there is a folder of that name$/,
    );
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('a damaged file is ignored with a warning that names it, and replaced', () => {
  const expectIgnored = async (contents: string | Uint8Array) => {
    await save(jobs);
    writeFileSync(file(), contents);
    const { found, warnings } = await loadQuietly();
    expect(found).toEqual({});
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(file());
    await save(jobs);
    expect(await loadQuietly()).toEqual({ found: jobs, warnings: [] });
  };
  const good = exportTuning(tuningOf(adapter, jobs));

  test('cut short anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.trimEnd().length - 1), (length) =>
        expectIgnored(good.slice(0, length)),
      ),
      { numRuns: 50 },
    );
  });
  test('of any bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), expectIgnored), {
      numRuns: 50,
    });
  });
  test('of any JSON', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), expectIgnored), { numRuns: 50 });
  });
  test('of another version, or of another adapter', async () => {
    await expectIgnored(good.replace('"version": 1', '"version": 2'));
    await expectIgnored(good.replaceAll('driver 1.2', 'driver 1.3'));
  });
  test('with any one value of another type', async () => {
    /** Copies of the value with one part of it replaced. */
    function* damaged(value: unknown): Generator<unknown> {
      for (const wrong of [null, 7.5, 'text', true, [null]]) {
        if (typeof wrong !== typeof value || wrong === null) yield wrong;
      }
      if (typeof value !== 'object' || value === null) return;
      for (const [key, part] of Object.entries(value)) {
        for (const other of damaged(part)) {
          yield Array.isArray(value)
            ? value.map((item: unknown, i) => (String(i) === key ? other : item))
            : { ...value, [key]: other };
        }
      }
    }
    for (const wrong of damaged(JSON.parse(good))) await expectIgnored(JSON.stringify(wrong));
  });
});

describe('where files are', () => {
  const { env } = process;
  afterEach(() => void (process.env = env));
  const placeWith = async (set: NodeJS.ProcessEnv) => {
    process.env = set;
    return dirname(await fileStore().placeOf(adapter));
  };
  test('in the folder that REPARAM_CACHE names', async () => {
    expect(await placeWith({ REPARAM_CACHE: '/here', XDG_CACHE_HOME: '/there' })).toBe('/here');
  });
  test.runIf(process.platform === 'linux')('else in that of the system', async () => {
    expect(await placeWith({ XDG_CACHE_HOME: '/there' })).toBe('/there/reparam');
    expect(await placeWith({ REPARAM_CACHE: '', XDG_CACHE_HOME: '' })).toBe(
      join(homedir(), '.cache/reparam'),
    );
  });
  test('without saying more', async () => {
    process.env = { ...env, REPARAM_CACHE: folder };
    await saveJobs(defaultStore()!, adapter, jobs, fail);
    expect(readFileSync(file(), 'utf8')).toBe(exportTuning(tuningOf(adapter, jobs)));
  });
});

test('IndexedDB keeps what it is given; what is not text counts for nothing', async () => {
  const store = indexedDbStore('test');
  expect(await loadQuietly(store)).toEqual({ found: {}, warnings: [] });
  await save(jobs, store);
  expect(await loadQuietly(indexedDbStore('test'))).toEqual({ found: jobs, warnings: [] });
  await store.save(adapter, '{');
  const { found, warnings } = await loadQuietly(store);
  expect(found).toEqual({});
  expect(warnings[0]).toContain('the IndexedDB database "test"');
  await store.save(adapter, 7 as never);
  expect(await loadQuietly(store)).toEqual({ found: {}, warnings: [] });
});

describe('an adapter’s key', () => {
  const info = {
    vendor: 'maker',
    architecture: 'arch',
    device: 'card',
    description: 'driver 1.2',
    software: false,
    features: [],
    limits: defaultProfile.limits,
  };
  const keyOf = (change: object, profile: object = {}) =>
    adapterKey({ info: { ...info, ...change }, profile: { ...defaultProfile, ...profile } });

  test('in text', () => {
    expect(keyOf({}, { features: ['subgroups', 'shader-f16'], subgroupSize: 32 })).toBe(
      'maker | arch | card | driver 1.2 | subgroups of 32 | shader-f16 subgroups',
    );
    expect(keyOf({ device: '' })).toBe('maker | arch | - | driver 1.2 | subgroups of any size | -');
  });
  test('differs in all that matters, and in nothing else', () => {
    const keys = [
      keyOf({}),
      keyOf({ vendor: 'other' }),
      keyOf({ architecture: 'other' }),
      keyOf({ device: 'other' }),
      keyOf({ description: 'driver 1.3' }),
      keyOf({}, { subgroupSize: 32 }),
      keyOf({}, { subgroupMinSize: 8 }),
      keyOf({}, { subgroupMinSize: 4 }),
      keyOf({}, { features: ['subgroups'] }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf({}, { features: ['a', 'b'] })).toBe(keyOf({}, { features: ['b', 'a'] }));
  });
});
