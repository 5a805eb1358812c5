/** Weights in files beside the model. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { externalReader } from '../../src/cli/external-data.ts';
import { errorOf } from '../support/errors.ts';
import { feature, fixture, reparam, useFolder } from './cli.ts';

const folder = useFolder();
const reader = () => externalReader(folder.path('model.onnx'), () => {});

test('parts of files in the folder of the model and below', () => {
  mkdirSync(folder.path('weights'));
  writeFileSync(folder.path('weights/a'), Uint8Array.of(1, 2, 3, 4));
  let read = 0;
  const external = externalReader(folder.path('model.onnx'), (bytes) => (read += bytes));
  expect([...external('weights/a', 1, 2)]).toEqual([2, 3]);
  expect([...external('./weights/a', 2, undefined)]).toEqual([3, 4]);
  expect([...external('weights/a', 4, 0)]).toEqual([]);
  expect(read).toBe(4);
});

test.each(['/etc/passwd', '../a', 'weights/../../a', 'C:\\a', 'C:a', '..\\a', '\\\\host\\a', ''])(
  '%s is not in the folder',
  (name) => {
    expect(errorOf(() => reader()(name, 0, undefined))).toContain("is not in the model's folder");
  },
);

test('what is not there', () => {
  writeFileSync(folder.path('a'), Uint8Array.of(1, 2, 3, 4));
  mkdirSync(folder.path('b'));
  const error = (name: string, offset: number, length?: number) =>
    errorOf(() => reader()(name, offset, length));
  expect(error('no', 0)).toContain(`${folder.path('no')} is missing; put it beside the model`);
  expect(error('b', 0)).toMatch(/is not a file|EISDIR/);
  expect(error('a', 2, 3)).toContain('has 4 bytes, not the 3 from 2 on; is it complete?');
  expect(error('a', 5)).toContain('has 4 bytes');
  // Nothing of that size is asked of the memory.
  expect(error('a', 0, 2 ** 52)).toContain('has 4 bytes');
});

test('a model without its file of weights', async () => {
  const file = folder.copy(feature('external-one-file'), 'alone.onnx');
  const { code, err } = await reparam('optimize', file, '-o', folder.path('out.onnx'));
  expect(code).toBe(1);
  expect(err).toMatch(
    /alone\.onnx: the tensor "[^"]+" has its data in another file: .* is missing/,
  );
  const cut = folder.copy(fixture('fashion/LICENSE'), 'external-one-file.weights');
  const again = await reparam('inspect', file);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining(cut)]);
  expect(folder.files()).toEqual(['alone.onnx', 'external-one-file.weights']);
});
