/** Checkpoints, networks of the zoo and other forms into model files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { graphStats, type Graph } from '../../ir/index.ts';
import { openOnnx } from '../../src/formats/onnx/model.ts';
import { deployStateDict, load, save, serialiseSafetensors, zoo } from '../../src/index.ts';
import { compile } from '../../src/index.ts';
import { fixture, reparam, reparamJson, useFolder } from './cli.ts';

const folder = useFolder();
const weights = fixture('fashion/repvgg-g2.safetensors');
const onnx = (path: string): Graph => openOnnx(readFileSync(path)).graph;

describe('a checkpoint', () => {
  test('in the form that is trained', async () => {
    const own = folder.path('own.onnx');
    const { code, json } = await reparamJson('convert', '--arch', 'repvgg-g2', weights, '-o', own);
    expect(code).toBe(0);
    expect(json).toEqual({
      input: weights,
      arch: 'repvgg-g2',
      plain: false,
      output: { file: own, bytes: readFileSync(own).length },
      stats: expect.objectContaining({ convs: 14, batchNorms: 17 }),
      seconds: expect.any(Number),
    });
    expect(graphStats(onnx(own))).toMatchObject({ convs: 14, params: 156_522 });
  });

  test.each(['--plain', '--deploy'])('%s', async (plain) => {
    const own = folder.path('own.onnx');
    await reparam('convert', '--arch', 'repvgg-g2', weights, '-o', own, plain);
    expect(graphStats(onnx(own))).toMatchObject({ convs: 7, batchNorms: 0, params: 139_722 });
  });

  test('in the deploy form', async () => {
    const [file, own] = [folder.path('deploy.safetensors'), folder.path('own.onnx')];
    const { graph } = compile(zoo['repvgg-g2']());
    writeFileSync(file, serialiseSafetensors(deployStateDict('repvgg-g2', graph)));
    expect((await reparam('convert', '--arch', 'repvgg-g2', file, '-o', own)).code).toBe(0);
    expect(graphStats(onnx(own)).convs).toBe(7);
  });

  test('of another architecture', async () => {
    const own = folder.path('own.onnx');
    const { code, err } = await reparam('convert', '--arch', 'repvgg-a0', weights, '-o', own);
    expect(code).toBe(1);
    expect(err).toMatch(/repvgg-g2\.safetensors does not fit the graph "repvgg-a0"/);
    expect(folder.files()).toEqual([]);
  });

  test('whose architecture was not given', async () => {
    const { code, err } = await reparam('convert', weights, '-o', folder.path('own.onnx'));
    expect(code).toBe(1);
    expect(err).toMatch(/holds no graph, only tensors; .*--arch/);
  });
});

test('a network of the zoo with its initial parameters', async () => {
  const own = folder.path('own.onnx');
  expect((await reparam('convert', '--arch', 'mobileone', '-o', own)).code).toBe(0);
  expect(graphStats(onnx(own))).toMatchObject({ convs: 44, batchNorms: 50 });
  await reparam('convert', '--arch', 'mobileone', '-o', own, '--plain', '--shape', 'x=2x1x32x32');
  expect(onnx(own).inputs).toMatchObject([{ id: 'x', shape: [2, 1, 32, 32] }]);
  expect(graphStats(onnx(own))).toMatchObject({ convs: 13, batchNorms: 0 });
  const wrong = await reparam('convert', '--arch', 'mobileone', '-o', own, '--shape', 'y=1x1x1x1');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("is x, not 'y'")]);
});

test("ONNX to reparam's own form and back", async () => {
  const [own, back] = [folder.path('own.safetensors'), folder.path('back.onnx')];
  const file = fixture('onnx/repvgg-g2.train.onnx');
  expect((await reparam('convert', file, '-o', own)).code).toBe(0);
  const graph = load(readFileSync(own));
  expect(Buffer.from(save(graph)).equals(readFileSync(own))).toBe(true);
  expect((await reparam('convert', own, '-o', back)).code).toBe(0);
  expect((await reparam('verify', file, back)).code).toBe(0);
  expect(graphStats(onnx(back))).toEqual(graphStats(graph));
});
