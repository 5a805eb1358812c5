import { expect, test } from 'vitest';
import { evaluate } from '../../ir/index.ts';
import { loadStateDict } from '../../src/formats/index.ts';
import { zoo } from '../../src/zoo/index.ts';
import { fashionImages, fashionLogits, trainedNames, trainedWeights } from '../fixtures/fashion.ts';

const COUNT = 20;

test.each(trainedNames)('%s as trained gives the logits that PyTorch gives', (name) => {
  const graph = loadStateDict(zoo[name](), trainedWeights(name), { what: name });
  const { logits } = evaluate(graph, { x: fashionImages(COUNT) });
  const wanted = fashionLogits(name, COUNT);
  const errors = wanted.data.map((value, i) => Math.abs(value - logits!.data[i]!));
  expect(Math.max(...errors)).toBeLessThan(1e-4);
});
