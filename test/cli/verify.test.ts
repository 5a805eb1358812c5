/** Comparing two files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { constantsOf, materialise, Tensor } from '../../ir/index.ts';
import { load, save } from '../../src/formats/index.ts';
import { zoo } from '../../src/zoo/index.ts';
import { floatsOf, onnxNodeOf, onnxOf } from '../formats/onnx/make-onnx.ts';
import { block, feature, fixture, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const mobileone = fixture('onnx/mobileone.train.onnx');

test('a model and its plain form', async () => {
  const out = folder.path('out.onnx');
  await reparam('optimize', mobileone, '-o', out);
  const { code, json } = await reparamJson('verify', mobileone, out);
  expect(code).toBe(0);
  expect(json).toEqual({
    a: mobileone,
    b: out,
    verify: {
      ok: true,
      maxAbsError: expect.any(Number),
      tolerance: expect.any(Number),
      outputScale: expect.any(Number),
      method: expect.any(String),
      worst: expect.any(String),
    },
    warnings: [],
    seconds: expect.any(Number),
  });
  expect((await reparam('verify', mobileone, out)).out).toMatch(/compute the same: largest diff/);
});

test('a model of which one weight is another', async () => {
  const [a, b] = [folder.path('a.safetensors'), folder.path('b.safetensors')];
  await reparam('convert', block('head'), '-o', a);
  const graph = load(readFileSync(a));
  const [name, constant] = Object.entries(graph.consts)[0]!;
  const { shape, data } = materialise(constant);
  const changed = Float32Array.from(data);
  changed[0]! += 1;
  const consts = constantsOf([
    ...Object.entries(graph.consts),
    [name, new Tensor(shape, changed)] as const,
  ]);
  writeFileSync(b, save({ ...graph, consts }));
  const { code, json } = await reparamJson('verify', a, b);
  expect([code, json['verify'].ok]).toEqual([1, false]);
  expect(json['verify'].maxAbsError).toBeGreaterThan(json['verify'].tolerance);
  const { out, err } = await reparam('verify', a, b);
  expect(out).toContain('DIFFER');
  expect(err).toBe('');
});

test('models that do not take or give the same', async () => {
  const { code, json } = await reparamJson('verify', block('head'), mobileone);
  expect(code).toBe(1);
  expect(json['error'].message).toMatch(/cannot be compared: their inputs differ: .* in the first/);
  const opaque = await reparam('verify', feature('custom-between'), feature('opset-13'));
  expect(opaque.err).toMatch(/operators that reparam does not know differ: com\.example::Scale/);
});

test('open sizes under other names are the same sizes', async () => {
  const [a, b] = [folder.path('a.safetensors'), folder.path('b.safetensors')];
  writeFileSync(a, save(zoo.mobileone()));
  writeFileSync(b, save(zoo.mobileone({ input: ['batch', 1, 28, 28] })));
  expect((await reparam('verify', a, b)).code).toBe(0);
});

test('nodes that reparam does not know are compared with all that they do', async () => {
  const [a, b] = [folder.path('nearest.onnx'), folder.path('linear.onnx')];
  for (const [path, mode] of [
    [a, 'nearest'],
    [b, 'linear'],
  ] as const) {
    const resize = onnxNodeOf('Resize', ['t', '', 'scales'], ['y'], { mode });
    const weights = [floatsOf('scales', [4], [1, 1, 2, 2])];
    const nodes = [onnxNodeOf('Relu', ['x'], ['t']), resize];
    writeFileSync(path, onnxOf({ inputs: { x: [1, 2, 4, 4] }, nodes, weights }));
  }
  expect((await reparam('verify', a, a)).code).toBe(0);
  const { code, err } = await reparam('verify', a, b);
  expect(code).toBe(1);
  expect(err).toMatch(/operators that reparam does not know differ: Resize\(t,scales\)/);
});
