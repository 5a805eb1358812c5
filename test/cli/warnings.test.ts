/** Weights with which a model gives nothing but NaN. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, tensor } from '../../ir/index.ts';
import { printWarnings } from '../../src/cli/warnings.ts';
import { save } from '../../src/formats/index.ts';
import { feature, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();

/** A convolution and its BatchNorm. */
function modelWith(weight: number | readonly number[], variance: number): string {
  const weights = [weight].flat();
  const channels = weights.length;
  const graph = parse(
    `graph g(%x: f32[1,1,4,4]) {
      const %w : f32[${channels},1,1,1]
      const %one : f32[${channels}]
      const %variance : f32[${channels}]
      %c = conv2d %x, %w
      %y = batchNorm %c, %one, %one, %one, %variance @bn
      return %y
    }`,
    (id, { shape }) =>
      tensor(
        shape,
        weights.map((one) => (id === 'w' ? one : id === 'variance' ? variance : 1)),
      ),
  );
  const path = folder.path('model.safetensors');
  writeFileSync(path, save(graph));
  return path;
}

test.each([
  [NaN, 1, '1 of the 1 values of "w" is NaN or infinite'],
  [-Infinity, 1, '1 of the 1 values of "w" is NaN or infinite'],
  [1, -1, '"variance", the variance of batchNorm "bn", is negative'],
])('a weight of %s with a variance of %s', async (weight, variance, warning) => {
  const model = modelWith(weight, variance);
  const report = folder.path('report.html');
  const args = ['optimize', model, '-o', folder.path('out.onnx'), '--report', report];
  const { json } = await reparamJson(...args);
  expect(json['warnings']).toEqual([warning]);
  const { code, out } = await reparam(...args);
  expect(code).toBe(0);
  expect(out).toContain(`because of its weights:\n  ${warning}\n`);
  expect(readFileSync(report, 'utf8')).toContain(`<li>${warning.replaceAll('"', '&quot;')}</li>`);
});

test('other commands warn on stderr, once for each file, and in --json', async () => {
  const model = modelWith([1, NaN, 3, -Infinity, 5, 6, 7], 1);
  const plain = folder.path('plain.onnx');
  await reparam('optimize', model, '-o', plain);
  writeFileSync(folder.path('x.f32'), new Uint8Array(4 * 16));
  const warning = '2 of the 7 values of "w" are NaN or infinite';
  const printed = (path: string, about: string) =>
    `warning: ${path} gives NaN or infinite values because of its weights:\n  ${about}\n`;
  for (const args of [
    ['inspect', model],
    ['inspect', model, '--text'],
    ['run', model, '-i', folder.path('x.f32')],
    ['bench', model, '--rounds', '1'],
  ]) {
    const { code, err, json } = await reparamJson(...args);
    expect([code, err, json['warnings']]).toEqual([0, printed(model, warning), [warning]]);
    expect(await reparam(...args)).toMatchObject({ code: 0, err: printed(model, warning) });
  }
  const { code, err, json } = await reparamJson('verify', model, plain);
  const inPlain = json['warnings'][1].slice(`${plain}: `.length);
  expect(inPlain).toMatch(/^2 of the 7 values of "\S+" are NaN or infinite$/);
  expect([code, json['warnings']]).toEqual([0, [`${model}: ${warning}`, `${plain}: ${inPlain}`]]);
  expect(err).toBe(printed(model, warning) + printed(plain, inPlain));
});

test('none of weights that are as they should be', async () => {
  // What is negative is not below zero with epsilon.
  const { json } = await reparamJson('inspect', modelWith(1, -1e-7));
  expect(json['warnings']).toEqual([]);
  const { out, err } = await reparam('inspect', modelWith(1, 1));
  expect([out.includes('warning'), err]).toEqual([false, '']);
});

test('the first of many', () => {
  const lines = printWarnings(Array.from({ length: 8 }, (_, i) => `w${i}`));
  expect(lines.slice(1)).toEqual([
    ...[0, 1, 2, 3, 4].map((i) => `  w${i}`),
    '  and 3 more (--json lists all)',
  ]);
});

test('in how many bits the file has its weights', async () => {
  const line = async (name: string) =>
    /^weights are .*$/m.exec((await reparam('inspect', feature(name))).out)?.[0];
  expect(await line('float16')).toBe('weights are float16 in the file; computed in float32');
  expect(await line('bfloat16-weights')).toBe(undefined);
  expect(await line('opset-13')).toBe(undefined);
});
