/** Running models on the GPU with inputs from files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../ir/index.ts';
import { add, model, relu, save } from '../../src/index.ts';
import { encodeArray, parseNpy, parseRaw } from '../../src/cli/arrays.ts';
import { fashionImages, fashionLogits } from '../fixtures/fashion.ts';
import { blockTensor } from '../fixtures/onnx-blocks.ts';
import {
  block,
  feature,
  fixture,
  labels,
  picture,
  reparam,
  reparamJson,
  useFolder,
} from './cli.ts';

const folder = useFolder();
const network = fixture('onnx/mobileone.train.onnx');
const standardised = ['--mean', '0.286', '--std', '0.353'];

/** The file of an array. */
function write(tensor: Tensor, name: string): string {
  writeFileSync(folder.path(name), encodeArray(tensor, name));
  return folder.path(name);
}

function expectClose(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const errors = expected.data.map((value, i) => Math.abs(value - actual.data[i]!));
  expect(Math.max(...errors)).toBeLessThan(1e-4);
}

describe('a picture', () => {
  test('gives the logits that PyTorch gave', async () => {
    const out = folder.path('logits.npy');
    const { code, err } = await reparam('run', network, '-i', picture, ...standardised, '-o', out);
    expect([code, err]).toEqual([0, '']);
    expectClose(parseNpy(readFileSync(out), out), fashionLogits('mobileone', 1));
  });

  test('is named', async () => {
    const args = ['run', network, '-i', picture, ...standardised, '--labels', labels, '--top', '2'];
    const { out, err } = await reparam(...args);
    expect(err).toBe('');
    expect(out).toMatch(/^ +\d+\.\d{4} {2}Ankle boot \(class 9\)$/m);
    expect(out.match(/\(class \d\)/g)).toHaveLength(2);
    const { json } = await reparamJson(...args);
    expect(json).toMatchObject({ file: network, optimized: true, adapter: expect.any(String) });
    const [output] = json['outputs'];
    expect(output).toMatchObject({ name: 'logits', shape: [1, 10] });
    expect(output.top[0][0]).toEqual({ index: 9, label: 'Ankle boot', score: expect.any(Number) });
    expect(output.top[0]).toHaveLength(2);
  });

  test('has as many labels as the model has classes', async () => {
    writeFileSync(folder.path('few.txt'), 'a\nb\n');
    const out = folder.path('logits.npy');
    const args = ['--labels', folder.path('few.txt'), '-o', out];
    const { code, err } = await reparam('run', network, '-i', picture, ...args);
    expect([code, err]).toEqual([1, expect.stringContaining('2 names, but the model has 10')]);
    expect(folder.files()).toEqual(['few.txt']);
  });

  test('needs a size', async () => {
    const open = folder.path('open.safetensors');
    writeFileSync(open, save(model('open', { x: ['N', 1, 'H', 'W'] }, ({ x }) => relu(x!))));
    const { code, err } = await reparam('run', open, '-i', picture);
    expect([code, err]).toEqual([2, expect.stringContaining('bring the picture, with --shape')]);
    const sized = await reparam('run', open, '-i', picture, '--shape', 'x=1x1x14x14');
    expect([sized.code, sized.err]).toEqual([0, '']);
  });
});

describe('arrays', () => {
  const images = fashionImages(3);
  const expected = fashionLogits('mobileone', 3);

  test.each(['images.npy', 'images.f32', 'images.raw', 'images.bin'])('%s', async (name) => {
    const out = folder.path('logits.npy');
    const file = write(images, name);
    expect((await reparam('run', network, '-i', `input=${file}`, '-o', `logits=${out}`)).code).toBe(
      0,
    );
    expectClose(parseNpy(readFileSync(out), out), expected);
  });

  test('as it is in the file, to a raw file', async () => {
    const out = folder.path('logits.f32');
    const args = ['-i', write(images, 'i.npy'), '-o', out, '--no-optimize'];
    const { json } = await reparamJson('run', network, ...args);
    expect(json).toMatchObject({ optimized: false, outputs: [{ file: out }] });
    expectClose(parseRaw(readFileSync(out), [3, 10], out), expected);
  });

  test('one image without the axis of the batch', async () => {
    const [x, y] = [blockTensor('repvgg-block', 'input'), blockTensor('repvgg-block', 'output')];
    const out = folder.path('y.npy');
    const one = write(new Tensor(x.shape, x.data), 'x.npy');
    expect((await reparam('run', block('repvgg-block'), '-i', one, '-o', out)).code).toBe(0);
    expectClose(parseNpy(readFileSync(out), out), y);
    const image = write(new Tensor([1, 28, 28], fashionImages(1).data), 'image.npy');
    expect((await reparam('run', network, '-i', image, '-o', out)).code).toBe(0);
    expectClose(parseNpy(readFileSync(out), out), fashionLogits('mobileone', 1));
  });

  test('with NaN or infinity run, with a warning that says which and how many', async () => {
    const file = folder.path('two.safetensors');
    const shapes = { a: [1, 4], b: [1, 4], c: [1, 4] };
    writeFileSync(file, save(model('two', shapes, ({ a, b, c }) => relu(add(add(a, b), c)))));
    const given = (name: string, ...values: number[]) => [
      '-i',
      `${name}=${write(new Tensor([1, 4], Float32Array.from(values)), `${name}.npy`)}`,
    ];
    const whole = given('b', -3e38, 0, 1, 2);
    const bad = [...given('a', NaN, 1, Infinity, -Infinity), ...whole, ...given('c', 0, 0, 0, NaN)];
    const { code, err, json } = await reparamJson('run', file, ...bad);
    const remedy = 'the results mean nothing; give finite values only';
    const warnings = [
      `3 of the 4 values of the input "a" are NaN or infinite: ${remedy}`,
      `1 of the 4 values of the input "c" is NaN or infinite: ${remedy}`,
    ];
    expect([code, json['warnings']]).toEqual([0, warnings]);
    expect(err).toBe(warnings.map((warning) => `warning: ${warning}\n`).join(''));
    const good = [...given('a', 0, 1, 2, 3), ...whole, ...given('c', 0, 0, 0, 0)];
    expect(await reparam('run', file, ...good)).toMatchObject({ code: 0, err: '' });
  });

  test('of another shape', async () => {
    const file = write(new Tensor([1, 3, 28, 28], new Float32Array(3 * 784)), 'x.npy');
    const { code, err } = await reparam('run', network, '-i', file);
    expect(code).toBe(1);
    expect(err).toContain('the input "input" is [1,3,28,28], not [batch,1,28,28]');
  });
});

describe('what does not fit', () => {
  test.each([
    ['no input', [network], 2, /the input input is missing: -i input=FILE/],
    [
      'an input of no known kind',
      [network, '-i', 'x.txt'],
      2,
      /of no known kind; inputs are \.npy/,
    ],
    ['an input twice', [network, '-i', 'a.npy', '-i', 'input=b.npy'], 2, /input is given twice/],
    ['an output of no known kind', [network, '-i', picture, '-o', 'a.png'], 2, /must end in \.npy/],
    ['no such labels', [network, '-i', picture, '--labels', 'no.txt'], 1, /cannot read no\.txt/],
    ['no such input', [network, '-i', 'no.npy'], 1, /cannot read no\.npy/],
    ['an operator that is not known', [feature('custom-between'), '-i', 'x.npy'], 1, /Scale "/],
  ] as const)('%s', async (_, args, code, message) => {
    const result = await reparam('run', ...args);
    expect(result.err).toMatch(message);
    expect([result.code, result.out]).toEqual([code, '']);
  });

  test('no name where there are two inputs or outputs', async () => {
    const file = folder.path('two.safetensors');
    const shapes = { a: [1, 2], b: [1, 2] };
    writeFileSync(file, save(model('two', shapes, ({ a, b }) => ({ p: add(a, b), q: relu(a) }))));
    const input = write(new Tensor([1, 2], Float32Array.of(-1, 2)), 'x.npy');
    const given = ['-i', `a=${input}`, '-i', `b=${input}`];
    const none = await reparam('run', file, '-i', input);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('which input: a, b')]);
    const one = await reparam('run', file, ...given.slice(0, 2));
    expect([one.code, one.err]).toEqual([2, expect.stringContaining('the input b is missing')]);
    const out = await reparam('run', file, ...given, '-o', folder.path('y.npy'));
    expect([out.code, out.err]).toEqual([2, expect.stringContaining('which output: p, q')]);
    const { json } = await reparamJson('run', file, ...given);
    expect(json['outputs']).toMatchObject([
      { name: 'p', min: -2, max: 4, mean: 1 },
      { name: 'q', min: 0, max: 2, mean: 1 },
    ]);
  });

  test('one file for two outputs', async () => {
    const file = folder.path('two.safetensors');
    writeFileSync(
      file,
      save(model('two', { x: [1, 2] }, ({ x }) => ({ p: relu(x!), q: relu(x!) }))),
    );
    const same = folder.path('same.npy');
    const again = same.replace('same.npy', './same.npy');
    const given = ['-i', 'missing.npy', '-o', `p=${same}`, '-o', `q=${again}`];
    const { code, err } = await reparam('run', file, ...given);
    const message = `the outputs p and q cannot both be written to ${again}`;
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(folder.files()).toEqual(['two.safetensors']);
  });

  test('all operators that are not known are listed', async () => {
    const { err } = await reparam('bench', feature('custom-between'));
    expect(err).toMatch(/1 node cannot run on the GPU.*:\n {2}com\.example::Scale "[^"]+": is not/);
  });
});
