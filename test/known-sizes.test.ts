/** Parts of graphs that are counted, where opaque nodes alone tell the sizes of others. */
import { expect, test } from 'vitest';
import { parse } from '../ir/index.ts';
import { nodesOfUnknownSizes, ownSymbols, withoutUnknownSizes } from '../src/known-sizes.ts';
import { randomWeights } from './support/random-weights.ts';

const graph = parse(
  `graph g(%x: f32[N,4,H,8], %up: f32[1,4,up_2,N]) {
    %a = relu %x
    %b = maxPool %a {kernel_shape=[2,2], strides=[2,2]}
    %c = relu %up
    %pooled = globalAveragePool %c
    %d = relu %pooled
    return %b, %c, %d
  }`,
  randomWeights(),
);
const opaque = [{ outputs: ['up'] }];

test('the symbols of inputs that no opaque node gives', () => {
  expect([...ownSymbols(graph, opaque)]).toEqual(['N', 'H']);
  expect([...ownSymbols(graph, [])]).toEqual(['N', 'H', 'up_2']);
});

test('nodes that read or give what has an unknown size', () => {
  // What the pool gives is known, what it reads is not; floor((H-2)/2)+1 is of a known H.
  expect([...nodesOfUnknownSizes(graph, opaque)]).toEqual(['c', 'pooled']);
  expect(nodesOfUnknownSizes(graph, []).size).toBe(0);
});

test('a graph of the others', () => {
  const { inputs, nodes, outputs } = withoutUnknownSizes(graph, opaque);
  expect(inputs.map(({ id }) => id)).toEqual(['x', 'pooled']);
  expect(nodes.map(({ id }) => id)).toEqual(['a', 'b', 'd']);
  expect(outputs.map(({ value }) => value)).toEqual(['b', 'd']);
  expect(withoutUnknownSizes(graph, [])).toBe(graph);
});
