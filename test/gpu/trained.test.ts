/** The three trained networks on the GPU: training form, plain form and PyTorch agree on 1,000 images. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compile, graphStats, loadStateDict, readOnnx, zoo } from '../../src/index.ts';
import { openSession, type Graph } from '../../src/index.ts';
import {
  fashionImages,
  fashionLabels,
  fashionLogits,
  trainedWeights,
} from '../fixtures/fashion.ts';
import { trainedNames, type TrainedName } from '../fixtures/fashion.ts';

const COUNT = 1000;
const BATCH = 250;

const classes = (logits: Float32Array): number[] =>
  Array.from({ length: COUNT }, (_, i) => {
    const scores = logits.subarray(10 * i, 10 * i + 10);
    return scores.indexOf(Math.max(...scores));
  });

async function classify(graph: Graph): Promise<Float32Array> {
  const images = fashionImages(COUNT).data as Float32Array;
  const session = await openSession(graph, { dims: { N: BATCH } });
  const logits = new Float32Array(COUNT * 10);
  for (let from = 0; from < COUNT; from += BATCH) {
    const x = images.subarray(from * 784, (from + BATCH) * 784);
    logits.set((await session.run({ x }))['logits']!.data, from * 10);
  }
  session.close();
  return logits;
}

const farthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

test.each(trainedNames)('%s, exported by PyTorch in training form and merged', async (name) => {
  const file = new URL(`../fixtures/onnx/${name}.train.onnx`, import.meta.url);
  const plain = compile(readOnnx(await readFile(file), { what: name }));
  const [input] = plain.graph.inputs;
  const count = 50;
  const session = await plain.session({ [String(input!.shape[0])]: count });
  const outputs = await session.run({ [input!.id]: fashionImages(count) });
  session.close();
  const [logits] = Object.values(outputs);
  const pytorch = fashionLogits(name, count).data as Float32Array;
  expect(farthest(logits!.data as Float32Array, pytorch)).toBeLessThan(1e-4);
});

const expected: [TrainedName, right: number, convsBefore: number, convsAfter: number][] = [
  ['repvgg-article', 922, 14, 7],
  ['repvgg-g2', 923, 14, 7],
  ['mobileone', 920, 44, 13],
];

test.each(expected)('%s: %i right in both forms', async (name, right, convsBefore, convsAfter) => {
  const training = loadStateDict(zoo[name](), trainedWeights(name));
  const plain = compile(training).graph;
  expect(graphStats(training).convs).toBe(convsBefore);
  expect(graphStats(plain)).toMatchObject({ convs: convsAfter, batchNorms: 0 });

  const [before, after] = [await classify(training), await classify(plain)];
  const pytorch = fashionLogits(name, COUNT).data as Float32Array;
  expect(farthest(before, pytorch)).toBeLessThan(1e-4);
  expect(farthest(after, pytorch)).toBeLessThan(1e-4);
  expect(classes(after)).toEqual(classes(before));
  const labels = fashionLabels(COUNT);
  expect(classes(before).filter((answer, i) => answer === labels[i])).toHaveLength(right);
});
