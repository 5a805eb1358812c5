/** What a model is made of, in numbers. */
import { expect, test } from 'vitest';
import { parse } from '../../ir/index.ts';
import { printConvs, statsOf } from '../../src/cli/stats.ts';
import { randomWeights } from '../support/random-weights.ts';

test('nodes that stay as they are count by their operators', () => {
  const graph = parse(
    `graph g(%x: f32[1,2,4,4]) {
      const %w : f32[2,2,3,3]
      %a = conv2d %x, %w
      %b = convTranspose2d %a, %w
      return %b
    }`,
    randomWeights(),
  );
  const operators = ['Conv', 'Conv', 'ConvTranspose', 'BatchNormalization', 'LSTM'];
  const opaque = operators.map((op, i) => {
    return { op, name: `${i}`, inputs: ['q'], outputs: [`${i}`], why: 'is not supported' };
  });
  expect(statsOf(graph)).toMatchObject({ nodes: 2, convs: 1, transposedConvs: 1, batchNorms: 0 });
  const counts = { nodes: 7, convs: 3, transposedConvs: 2, batchNorms: 1 };
  expect(statsOf(graph, opaque)).toMatchObject(counts);
});

test.each([
  [0, 0, '0 convolutions', '0'],
  [3, 0, '3 convolutions', '3'],
  [0, 2, '2 transposed convolutions', '2 transposed'],
  [3, 2, '3 convolutions and 2 transposed', '3 and 2 transposed'],
])('%i convolutions, %i transposed', (convs, transposedConvs, long, short) => {
  expect(printConvs({ convs, transposedConvs })).toBe(long);
  expect(printConvs({ convs, transposedConvs }, '')).toBe(short);
});
