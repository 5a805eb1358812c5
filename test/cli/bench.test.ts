/** Timing both forms. No figure is looked at: machines differ. */
import { expect, test } from 'vitest';
import { quantile } from '../../src/statistics.ts';
import { block, reparam, reparamJson } from './cli.ts';

test('bench', async () => {
  const form = (convs: number, layers: number) => ({
    convs,
    transposedConvs: 0,
    macs: expect.any(Number),
    ms: { min: expect.any(Number), p25: expect.any(Number), median: expect.any(Number) },
    tuning: { layers, measured: 0 },
  });
  const { code, err, json } = await reparamJson('bench', block('repvgg-block'), '--rounds', '3');
  expect([code, err]).toEqual([0, '']);
  expect(json).toEqual({
    file: block('repvgg-block'),
    adapter: expect.any(String),
    inputs: [{ name: 'input', shape: expect.any(Array) }],
    rounds: 3,
    training: form(4, 14),
    plain: form(2, 2),
    ratio: json['training'].ms.p25 / json['plain'].ms.p25,
    warnings: [],
  });
  const { min, p25, median } = json['plain'].ms;
  expect([min, p25, median]).toEqual([min, p25, median].toSorted((a, b) => a - b));
  expect(min).toBeGreaterThan(0);
});

test('bench in words', async () => {
  const { code, out, err } = await reparam('bench', block('repvgg-block'), '--rounds', '1');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^ {2}as it is +\d/m);
  expect(out).toMatch(/^the plain form is \d+\.\d\d times as fast \(25th percentiles\)$/m);
});

test('bench --profile has every layer of both forms', async () => {
  const args = ['bench', block('repvgg-block'), '--rounds', '2', '--profile'];
  const { code, err, json } = await reparamJson(...args);
  expect([code, err]).toEqual([0, '']);
  for (const [form, count] of [
    ['training', 14],
    ['plain', 2],
  ] as const) {
    const { layers, ...method } = json[form].profile;
    const clock = expect.stringMatching(/^(timestamp-query|wall)$/);
    const roofline = { flops: expect.any(Number), bytes: expect.any(Number) };
    expect(method).toEqual({ clock, rounds: 2, roofline });
    expect(layers).toHaveLength(count);
    let share = 0;
    for (const layer of layers) {
      expect(layer.us.p25).toBeGreaterThan(0);
      expect(layer.candidates).toBeGreaterThanOrEqual(1);
      expect(layer.ofRoofline).toBeGreaterThan(0);
      share += layer.share;
    }
    expect(share).toBeCloseTo(1, 6);
  }
  const { macs } = json['plain'];
  const flops = json['plain'].profile.layers.map((layer: { flops: number }) => layer.flops);
  expect(flops.reduce((a: number, b: number) => a + b)).toBe(2 * macs);
});

test('bench --profile in words', async () => {
  const args = ['bench', block('repvgg-block'), '--rounds', '1', '--profile'];
  const { code, out, err } = await reparam(...args);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^plain, layer by layer; the whole run took \d+ µs/m);
  expect(out).toMatch(/^ {2}layer +kernel +candidates +µs +share +GFLOP\/s +GB\/s +roofline$/m);
  expect(out).toMatch(/^ {2}\/1\/Relu +conv 3×3 \+ relu, 12→16, stride 2 +conv-\S+ .* %$/m);
  expect(out.match(/can exceed 100 %/g)).toHaveLength(1);
});

test('quantiles lie between the two nearest values', () => {
  expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 3], 0.25)).toBe(1.5);
  expect(quantile([7], 0.25)).toBe(7);
});
