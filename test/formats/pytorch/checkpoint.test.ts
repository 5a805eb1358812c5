import { expect, test } from 'vitest';
import { parseCheckpoint } from '../../../src/formats/index.ts';
import { checkpoint, expectedIn, goodFiles } from '../../fixtures/checkpoints.ts';
import { errorOf } from '../../support/errors.ts';

const fault = (file: string, entry?: string) =>
  errorOf(() => parseCheckpoint(checkpoint(file), { what: file, ...(entry && { entry }) }));

test.each(goodFiles)('%s has the tensors that PyTorch put there', (file) => {
  const { tensors, skipped } = parseCheckpoint(checkpoint(file));
  const wanted = expectedIn(file);
  expect([...tensors.keys()]).toEqual([...wanted.tensors.keys()]);
  for (const [name, tensor] of wanted.tensors) expect(tensors.get(name)).toEqual(tensor);
  expect(skipped).toEqual(wanted.skipped);
});

test('the place in memory does not matter', () => {
  const file = checkpoint('zip.pt');
  const wanted = expectedIn('zip.pt').tensors;
  expect(parseCheckpoint(file.slice().buffer).tensors).toEqual(wanted);
  for (const shift of [1, 2, 4]) {
    const shifted = new Uint8Array(file.length + shift).subarray(shift);
    shifted.set(file);
    expect(parseCheckpoint(shifted).tensors).toEqual(wanted);
    expect(parseCheckpoint(Buffer.from(shifted.buffer, shift)).tensors).toEqual(wanted);
  }
});

test('tensors that lie in order are not copied', () => {
  const file = checkpoint('zip.pt');
  const { tensors } = parseCheckpoint(file);
  for (const name of ['plain', 'shared', 'double']) {
    expect(tensors.get(name)!.data.buffer).toBe(file.buffer);
  }
});

test('the state dict wanted may be named', () => {
  const training = checkpoint('training.pth.tar');
  const plain = parseCheckpoint(training).tensors.get('bn.weight')!;
  const average = parseCheckpoint(training, { entry: 'state_dict_ema' }).tensors;
  expect(average.get('bn.weight')!.data).toEqual(plain.data.map((value) => value * 2));
  expect(fault('training.pth.tar', 'teacher')).toMatchInlineSnapshot(
    `"file of training.pth.tar: training.pth.tar: has no entry "teacher"; it has "epoch", "best", "loss", "none", "rate", "args", "optimizer", "state_dict_ema", "state_dict""`,
  );
});

test('files that have no state dict say what to do', () => {
  expect(fault('model.pt')).toMatchInlineSnapshot(
    `"file of model.pt: model.pt: holds an object of "torch.nn.modules.container.Sequential", not parameters; in Python, save model.state_dict() instead"`,
  );
  expect(fault('model-in-dict.pt')).toBe(
    fault('model.pt').replaceAll('model.pt', 'model-in-dict.pt'),
  );
  expect(fault('script.pt')).toMatchInlineSnapshot(
    `"file of script.pt: script.pt: is a TorchScript archive; in Python, save its parameters: torch.save(torch.jit.load(path).state_dict(), other_path)"`,
  );
  expect(fault('quantised.pt')).toMatchInlineSnapshot(
    `"file of quantised.pt: quantised.pt: the tensor "q" is made by torch._utils._rebuild_qtensor, which is not supported"`,
  );
  expect(fault('complex.pt')).toMatchInlineSnapshot(
    `"file of complex.pt: complex.pt: has no tensors of floats: 32, 64 or 16 bits"`,
  );
  expect(fault('number.pt')).toMatchInlineSnapshot(
    `"file of number.pt: number.pt: holds a number, not parameters by name"`,
  );
});
