/** Float16 where it is asked for, with its error. Figures depend on the machine; what they are of does not. */
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDevice, save } from '../../src/index.ts';
import { parse, tensor } from '../../ir/index.ts';
import { block, fixture, picture, reparam, reparamJson, useFolder, type Json } from './cli.ts';

const folder = useFolder();

let has: boolean;
beforeAll(async () => {
  using device = await openDevice();
  has = device.profile.features.includes('shader-f16');
});

const network = fixture('onnx/mobileone.train.onnx');
const run = ['run', network, '-i', picture, '--mean', '0.286', '--std', '0.353'];
const warning = 'warning: this GPU has no float16 (shader-f16): all is in float32\n';

const errorOf = (rows: number, arithmetic: string) => ({
  arithmetic,
  maxAbsError: expect.any(Number),
  outputScale: expect.any(Number),
  relativeError: expect.any(Number),
  rows,
  differentAnswers: expect.any(Number),
});

describe('run', () => {
  test('in float32 says nothing of float16', async () => {
    const { json } = await reparamJson(...run);
    expect(json).not.toHaveProperty('float16');
  });
  test('--precision f16 tells how far off float32 it is', async () => {
    const { code, err, json } = await reparamJson(...run, '--precision', 'f16');
    expect([code, err]).toEqual([0, has ? '' : warning]);
    expect(json['float16']).toEqual(has ? errorOf(1, 'f32') : undefined);
    const off = json['float16']?.relativeError ?? 1e-3;
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThan(0.01);
  });
  test('in words', async () => {
    const { out, err } = await reparam(...run, '--precision', 'f16', '--arithmetic', 'f16');
    expect(err).toBe(has ? '' : warning);
    const line =
      /^stored and multiplied in float16, results are off by up to \S+ \(\S+ % of the largest\) from those in float32; 0 of 1 answers differ$/m;
    expect(line.test(out)).toBe(has);
  });
  test('names what float16 cannot hold, where results are far off', async () => {
    const text = `graph g(%x: f32[1,2,3,3]) {
      const %up : f32[2,2,1,1]
      const %down : f32[2,2,1,1]
      %large = conv2d %x, %up
      %relu = relu %large
      %small = conv2d %relu, %down
      %y = relu %small
      return %y
    }`;
    const diagonal = (value: number) => tensor([2, 2, 1, 1], [value, 0, 0, value]);
    const file = folder.path('large.safetensors');
    const graph = parse(text, (id) => diagonal(id === 'up' ? 1000 : 1 / 1000));
    writeFileSync(file, save(graph));
    const runOn = (...values: number[]) => {
      const input = folder.path('x.f32');
      writeFileSync(
        input,
        Float32Array.from({ length: 18 }, (_, i) => values[i] ?? 1),
      );
      return ['run', file, '-i', input, '--precision', 'f16'] as const;
    };
    const far = runOn(100, -200, 300);
    const { json } = await reparamJson(...far);
    const saturated = [{ value: 'relu', elements: 2, largest: expect.closeTo(300_000, -1) }];
    expect(json['float16']?.saturated).toEqual(has ? saturated : undefined);
    const line =
      /^ {2}"relu" has 2 elements beyond 65504, the greatest float16, up to 3\.00e\+5: they are cut off there; use --precision f32/m;
    expect(line.test((await reparam(...far)).out)).toBe(has);
    const raw = await reparamJson(...far, '--no-optimize');
    expect(
      raw.json['float16']?.saturated.map(({ value, elements }: Json) => [value, elements]),
    ).toEqual(
      has
        ? [
            ['large', 3],
            ['relu', 2],
          ]
        : undefined,
    );
    const fits = (await reparamJson(...runOn(60))).json['float16'];
    expect(fits?.saturated).toBe(undefined);
  });
  test('--arithmetic f16 alone is wrong usage', async () => {
    const { code, err } = await reparam(...run, '--arithmetic', 'f16');
    expect(code).toBe(2);
    expect(err).toContain('add --precision f16');
    expect((await reparam(...run, '--precision', 'f8')).code).toBe(2);
  });
});

test('bench --precision f16 times the plain form in float16, too', async () => {
  const args = ['bench', block('repvgg-block'), '--rounds', '1', '--precision', 'f16'];
  const { code, err, json } = await reparamJson(...args);
  expect([code, err]).toEqual([0, has ? '' : warning]);
  const { convs, transposedConvs, macs, tuning } = json['plain'];
  const form = {
    convs,
    transposedConvs,
    macs,
    tuning,
    ms: expect.any(Object),
    error: errorOf(0, 'f32'),
  };
  expect(json['float16']).toEqual(has ? form : undefined);
  const { out } = await reparam(...args);
  expect(/^ {2}plain, float16 +2 /m.test(out)).toBe(has);
  expect(/^stored in float16, results are off by up to \S+ \(/m.test(out)).toBe(has);
});

test('tune --precision f16 measures kernels in float16', async () => {
  const args = ['tune', block('repvgg-block'), '--no-cache', '--budget', '1', '--precision', 'f16'];
  const { code, json } = await reparamJson(...args);
  expect(code).toBe(0);
  const layers: { job: string }[] = json['layers'];
  expect(layers.map(({ job }) => job.includes('weights=f16'))).toEqual([has, has]);
  expect(layers.map(({ job }) => job.endsWith(' -> f16'))).toEqual([has, false]);
});
