/** Looking into files. */
import { expect, test } from 'vitest';
import { parse, printGraph } from '../../ir/index.ts';
import { zooNames } from '../../src/zoo/index.ts';
import { openModel } from '../../src/cli/model-files.ts';
import { randomWeights } from '../support/random-weights.ts';
import { block, feature, fixture, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();

const mobileone = fixture('onnx/mobileone.train.onnx');

test('a table of the nodes, and totals', async () => {
  const { code, out, err } = await reparam('inspect', block('repvgg-block'));
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^ {2}op +name +output +parameters +multiply-adds$/m);
  expect(out).toMatch(/^ {2}conv2d +\S+ +\[[\d,]+\] +[\d,]+ +[\d,]+$/m);
  expect(out).toMatch(/^ {2}batch normalisations +\d+$/m);
});

test('as JSON', async () => {
  const { json } = await reparamJson('inspect', mobileone);
  expect(json).toMatchObject({
    file: mobileone,
    opset: 13,
    inputs: [{ name: 'input', dtype: 'f32', shape: ['batch', 1, 28, 28] }],
    totals: { convs: 44, batchNorms: 50, macs: 992_960 },
    opaque: [],
  });
  expect(json['nodes']).toHaveLength(json['totals'].nodes);
  const sum = json['nodes'].reduce((n: number, { macs }: { macs: number }) => n + macs, 0);
  expect(sum).toBe(992_960);
  expect(json).not.toHaveProperty('text');
});

test('as text', async () => {
  const { graph } = await openModel(block('head'));
  const { out } = await reparam('inspect', block('head'), '--text');
  expect(out).toBe(printGraph(graph));
  expect((await reparamJson('inspect', block('head'), '--text')).json['text']).toBe(out);
});

test('operators that are not known', async () => {
  const { out } = await reparam('inspect', feature('custom-between'));
  expect(out).toMatch(/kept by optimize:\n {2}com\.example::Scale "[^"]+": is not supported/);
  const { json } = await reparamJson('inspect', feature('custom-between'));
  expect(json['opaque']).toHaveLength(1);
  expect(json['totals'].nodes).toBe(json['nodes'].length + 1);
});

test("the file's own inputs and outputs, not those of the parts around what is not known", async () => {
  const ports = async (name: string) => {
    const { out } = await reparam('inspect', feature(name));
    return out.split('\n').filter((line) => /^(input|output) /.test(line));
  };
  expect(await ports('custom-between')).toEqual(['input  x f32[2,4,9,7]', 'output y f32[2,3]']);
  expect(await ports('arg-max')).toEqual([
    'input  x f32[2,4,9,7]',
    'output class (not of a kind that reparam computes with)',
    'output logits f32[2,3]',
  ]);
  const { json } = await reparamJson('inspect', feature('arg-max'), '--text');
  expect(json).toMatchObject({
    inputs: [{ name: 'x', dtype: 'f32', shape: [2, 4, 9, 7] }],
    outputs: [
      { name: 'class', dtype: null, shape: null },
      { name: 'logits', dtype: 'f32', shape: [2, 3] },
    ],
  });
  expect(json['text']).toMatch(/^\/\/ the file:\n\/\/ input {2}x f32/);
  const { graph } = await openModel(feature('arg-max'));
  expect(printGraph(parse(json['text'], randomWeights()))).toBe(printGraph(graph));
});

test('layers behind what is not known are not counted where their sizes are not known', async () => {
  const name = feature('custom-between-undeclared');
  const { json } = await reparamJson('inspect', name);
  expect(json['totals']).toMatchObject({ nodes: 18, uncounted: 9, macs: 20_160 });
  expect(json['totals'].peakActivationBytes).toBe(8_064);
  const unknown = json['nodes'].filter(({ macs }: { macs: number | null }) => macs === null);
  expect(unknown.map(({ op }: { op: string }) => op)).toEqual(['conv2d', 'conv2d', 'linear']);
  expect((await reparam('inspect', name)).out).toContain(
    '\n9 of 17 layers have sizes that are not known; they are not counted\n',
  );
  const optimized = await reparam('optimize', name, '-o', folder.path('out.onnx'));
  expect(optimized.out).toContain(
    '9 of 17 layers before and 4 of 5 layers after have sizes that are not known; they are not counted',
  );
  // A file's own open sizes are nominal, as ever.
  const open = await reparamJson('inspect', feature('dynamic-size'));
  expect(open.json['totals'].uncounted).toBe(0);
  expect(open.json['totals'].macs).toBeGreaterThan(1_000_000);
});

test('at other sizes', async () => {
  const { json } = await reparamJson('inspect', mobileone, '--shape', 'input=4x1x28x28');
  expect(json['totals'].macs).toBe(4 * 992_960);
  const { code, err } = await reparam('inspect', mobileone, '--shape', 'x=4x1x28x28');
  expect(code).toBe(2);
  expect(err).toContain('there is no input "x"');
});

test('the zoo', async () => {
  const { json } = await reparamJson('zoo');
  expect(json['networks'].map(({ name }: { name: string }) => name)).toEqual(zooNames);
  const a0 = json['networks'][0];
  expect([a0.training.convs, a0.plain.convs]).toEqual([44, 22]);
  const { code, out, err } = await reparam('zoo');
  expect([code, err]).toEqual([0, '']);
  for (const name of zooNames) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});
