import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, opNames, specialise, symbolsOf } from '../../ir/index.ts';
import { arbitraryGraph } from './arbitrary-graph.ts';
import { randomInputs, randomTensor } from './random-weights.ts';

test.each([{}, { symbolic: true }, { oddNames: true }, { symbolic: true, oddNames: true }])(
  'random graphs use every op, with and without optional operands: %o',
  (options) => {
    const seen = new Set<string>();
    for (const graph of fc.sample(arbitraryGraph(options), { seed: 1, numRuns: 300 })) {
      for (const { op, inputs } of graph.nodes) {
        seen.add(op);
        inputs.forEach((id, i) => seen.add(`${op} ${i} ${id === null ? 'absent' : 'present'}`));
      }
    }
    const optional = ['conv2d 2', 'conv2d 3', 'linear 2'];
    const wanted = optional.flatMap((at) => [`${at} absent`, `${at} present`]);
    expect([...seen]).toEqual(expect.arrayContaining([...opNames, ...wanted]));
  },
);

test('random graphs can be evaluated, and most results are finite', () => {
  const graphs = fc.sample(arbitraryGraph({ symbolic: true }), { seed: 2, numRuns: 200 });
  let finite = 0;
  for (const graph of graphs) {
    const dims = { N: 2, H: 9, W: 10 };
    const used = Object.fromEntries(symbolsOf(graph).map((s) => [s, dims[s as 'N']]));
    const outputs = Object.values(evaluate(specialise(graph, used), randomInputs(graph, used)));
    if (outputs.every(({ data }) => data.every(Number.isFinite))) finite++;
  }
  expect(finite).toBeGreaterThan(190);
});

test('random tensors are generic: no zeros, no repetitions, another for every name', () => {
  const { data } = randomTensor('a', [10, 10]);
  expect(new Set(data).size).toBe(100);
  expect(data.every((v) => Math.abs(v) >= 0.1 && Math.abs(v) <= 1.5)).toBe(true);
  expect(data.some((v) => v < 0) && data.some((v) => v > 0)).toBe(true);
  expect(randomTensor('a', [10, 10]).data).toEqual(data);
  expect(randomTensor('b', [10, 10]).data).not.toEqual(data);
  expect(randomTensor('a', [10, 10], { positive: true }).data.every((v) => v > 0)).toBe(true);
});
