/** Saying what there is to run on, and what is missing. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { defaultProfile } from '../../codegen/index.ts';
import { describeAdapter } from '../../src/cli/adapter.ts';
import { vulkanDrivers, whatIsMissing } from '../../src/cli/commands/doctor.ts';
import { device } from '../../src/index.ts';
import { reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const { REPARAM_CACHE: cacheBefore, VK_DRIVER_FILES: driversBefore } = process.env;
const restore = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};
afterEach(() => {
  restore('REPARAM_CACHE', cacheBefore);
  restore('VK_DRIVER_FILES', driversBefore);
});

test('doctor', async () => {
  const { code, json } = await reparamJson('doctor');
  expect(code).toBe(0);
  expect(json).toEqual({
    ok: true,
    reparam: '0.1.0',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    adapters: expect.any(Array),
    caches: [expect.stringMatching(/tuning-.+\.json$/)],
    fallback: false,
    drivers: expect.any(Array),
    missing: expect.any(Array),
  });
  const info = await device();
  expect(json['adapters'][0]).toEqual(info);
  expect(json['missing']).toEqual(whatIsMissing(json['adapters'], null, false));
  const { out } = await reparam('doctor');
  expect(out).toContain(`\nadapter: ${describeAdapter(info)}\n`);
  expect(out).toContain(`\n  features: ${info.features.join(', ') || 'none of those'}`);
  expect(out).toMatch(/maxStorageBufferBindingSize +[\d,]+/);
});

test('doctor tries whether measurements can be kept, and leaves nothing behind', async () => {
  const { REPARAM_CACHE: before } = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'reparam-doctor-'));
  const missing = async (cache: string): Promise<unknown> => {
    process.env['REPARAM_CACHE'] = cache;
    const { json } = await reparamJson('doctor');
    return json['missing'].filter(({ what }: { what: string }) => what.includes('measurements'));
  };
  try {
    expect(await missing(join(folder, 'in', 'it'))).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, 'file'), '');
    expect(await missing(join(folder, 'file', 'in', 'it'))).toEqual([
      {
        what: expect.stringContaining(
          'a folder to keep measurements in: a part of the path is no folder',
        ),
        remedy: 'name one that can be written in the variable REPARAM_CACHE',
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env['REPARAM_CACHE'];
    else process.env['REPARAM_CACHE'] = before;
  }
});

test('doctor says where measurements are kept, and whether there are any', async () => {
  process.env['REPARAM_CACHE'] = folder.path('cache');
  const { json } = await reparamJson('doctor');
  const [place] = json['caches'] as [string];
  expect((await reparam('doctor')).out).toContain(`\n  measurements: ${place} (none yet)\n`);
  mkdirSync(folder.path('cache'));
  writeFileSync(place, '');
  expect((await reparam('doctor')).out).toContain(`\n  measurements: ${place}\n`);
});

test.runIf(process.platform === 'linux')('drivers are those that are chosen and there', () => {
  const there = folder.path('there.json');
  writeFileSync(there, '{}');
  process.env['VK_DRIVER_FILES'] = `${folder.path('none.json')}:${there}`;
  expect(vulkanDrivers()).toEqual([there]);
});

test('what is missing of adapters, and what that means', () => {
  const card = {
    vendor: 'maker',
    architecture: '',
    device: 'card',
    description: '',
    software: false,
    features: ['subgroups', 'shader-f16', 'timestamp-query'],
    limits: defaultProfile.limits,
  };
  const software = { ...card, software: true };
  const whatOf = (...args: Parameters<typeof whatIsMissing>) =>
    whatIsMissing(...args).map(({ what }) => what);
  expect(whatOf([card], null, false)).toEqual([]);
  expect(whatOf([card, software], null, false)).toEqual([]);
  expect(whatOf([software], null, false)).toEqual(['a hardware adapter: it will be slow']);
  // The first is the one that is used.
  const poor = { ...card, features: ['subgroups'] };
  expect(whatOf([card, poor], null, false)).toEqual([]);
  expect(whatIsMissing([poor, card], null, false)).toEqual([
    {
      what: 'the feature shader-f16',
      remedy: 'all is in float32 without it, whatever precision is asked for',
    },
    { what: 'the feature timestamp-query', remedy: 'times are taken on the CPU without it' },
  ]);
  const need = 'run, bench, tune and optimize --profile';
  expect(whatIsMissing([], 'no WebGPU adapter was found: install one', false)).toEqual([
    { what: `an adapter: ${need} will not work`, remedy: 'install one' },
  ]);
  expect(whatIsMissing([], null, true)).toEqual([
    {
      what: `an adapter of the system; ${need} use the slow software adapter SwiftShader of this clone`,
      remedy: 'install the driver of your GPU',
    },
  ]);
});
