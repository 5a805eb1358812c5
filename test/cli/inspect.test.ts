/** Looking into files. */
import { expect, test } from 'vitest';
import { printGraph } from '../../ir/index.ts';
import { zooNames } from '../../src/zoo/index.ts';
import { openModel } from '../../src/cli/model-files.ts';
import { block, feature, fixture, reparam, reparamJson } from './cli.ts';

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

test('at other sizes', async () => {
  const { json } = await reparamJson('inspect', mobileone, '--shape', 'input=4x1x28x28');
  expect(json['totals'].macs).toBe(4 * 992_960);
  const { code, err } = await reparam('inspect', mobileone, '--shape', 'x=4x1x28x28');
  expect(code).toBe(1);
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
