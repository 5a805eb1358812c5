/** Blocks as PyTorch exports them: what they compute, and what compiling leaves of them. */
import { expect, test } from 'vitest';
import { evaluate, graphStats, type Graph } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { readOnnx } from '../../../src/formats/onnx/index.ts';
import { fashionImages, fashionLogits, trainedNames } from '../../fixtures/fashion.ts';
import { blockBytes, blockNames, blockTensor, manifest } from '../../fixtures/onnx-blocks.ts';
import { trainedOnnx } from '../../fixtures/onnx-blocks.ts';
import { relativeError } from '../../support/close.ts';
import { errorOf } from '../../support/errors.ts';

const refused: Readonly<Record<string, RegExp>> = {
  'circular-padding':
    /2 nodes cannot be imported:\n {2}Slice "\/b.0\/b.0.0\/Slice" takes a part of an image/,
  'train-mode-bn':
    /`model.eval\(\)`.*:\n {2}BatchNormalization "\/b.0\/bn\/.*\n {2}BatchNormalization "\/b.1\/bn/,
};

/** Where more could be merged: right, but not yet as small as the manifest says. */
const larger: Readonly<Record<string, { convs: number; batchNorms: number }>> = {
  'sequential-1x1-3x3': { convs: 3, batchNorms: 0 },
  'sequential-1x1-bias-3x3': { convs: 3, batchNorms: 0 },
  head: { convs: 1, batchNorms: 1 },
  'average-pool-branch': { convs: 1, batchNorms: 2 },
  'diverse-branch': { convs: 5, batchNorms: 1 },
};

const outputOf = (graph: Graph, name: string) => {
  const outputs = evaluate(graph, { input: blockTensor(name, 'input') });
  expect(Object.keys(outputs)).toEqual(['output']);
  return outputs['output']!;
};

const supported = blockNames.filter((name) => !Object.hasOwn(refused, name));

test('there are 24 blocks', () => {
  expect(blockNames).toHaveLength(24);
  expect(supported).toHaveLength(22);
});

test.each(supported)('%s', (name) => {
  const wanted = blockTensor(name, 'output');
  const graph = readOnnx(blockBytes(name), { what: `${name}.onnx` });
  const { convs, batchNorms, convsAfter, batchNormsAfter } = manifest[name]!;
  // Average pools that PyTorch writes as a Pad and a pool take no convolution.
  // That of diverse-branch holds a bias, which no pool has: it is a convolution.
  const borders = Number(name === 'diverse-branch');
  expect(graphStats(graph)).toMatchObject({ convs: convs + borders, batchNorms });
  const plain = compile(graph).graph;
  for (const form of [graph, plain]) {
    const output = outputOf(form, name);
    expect(output.shape).toEqual(wanted.shape);
    expect(relativeError(output, wanted)).toBeLessThan(1e-6);
  }
  const after = larger[name] ?? { convs: convsAfter, batchNorms: batchNormsAfter };
  expect(graphStats(plain)).toMatchObject(after);
});

test.each(Object.entries(refused))('%s is refused', (name, message) => {
  expect(errorOf(() => readOnnx(blockBytes(name), { what: `${name}.onnx` }))).toMatch(message);
});

test.each(trainedNames)('%s gives the logits that PyTorch gives, and compiles', (name) => {
  const COUNT = 20;
  const graph = readOnnx(trainedOnnx(name), { what: `${name}.train.onnx` });
  expect(graph.inputs[0]!.shape.slice(1)).toEqual([1, 28, 28]);
  expect(graph.inputs[0]!.shape[0]).toBeTypeOf('string');
  const plain = compile(graph).graph;
  const wanted = fashionLogits(name, COUNT);
  for (const form of [graph, plain]) {
    const [logits] = Object.values(evaluate(form, { [form.inputs[0]!.id]: fashionImages(COUNT) }));
    const errors = wanted.data.map((value, i) => Math.abs(value - logits!.data[i]!));
    expect(Math.max(...errors)).toBeLessThan(1e-4);
  }
  const convs = name === 'mobileone' ? 13 : 7;
  expect(graphStats(plain)).toMatchObject({ convs, batchNorms: 0 });
});
