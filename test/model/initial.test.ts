import { expect, test } from 'vitest';
import { at, graphStats, Lazy, materialise, readRow, Tensor, type Graph } from '../../ir/index.ts';
import { batchNorm, conv2d, linear, model, randomiseStatistics } from '../../src/model/index.ts';
import { flatten, scale, sequential, type ModelOptions } from '../../src/model/index.ts';

const net = (options: ModelOptions = {}): Graph => {
  const layers = { conv: conv2d(64, 3), bn: batchNorm(), s: scale({ init: 0.5 }), flatten };
  const all = sequential({ ...layers, head: linear(100) });
  return model('net', { x: ['N', 32, 3, 3] }, ({ x }) => all(x), options);
};
const dataOf = (graph: Graph, id: string) => materialise(graph.consts[id]!).data;
const deviation = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((n, v) => n + v * v, 0) / values.length);

test('parameters are lazy, and the same for the same seed', () => {
  const [a, b, c] = [net(), net(), net({ seed: 1 })];
  expect(Object.values(a.consts).every((constant) => constant instanceof Lazy)).toBe(true);
  expect(dataOf(a, 'conv.weight')).toEqual(dataOf(b, 'conv.weight'));
  expect(dataOf(a, 'conv.weight')).not.toEqual(dataOf(c, 'conv.weight'));
  expect(dataOf(a, 'conv.bias')).not.toEqual(dataOf(a, 'head.bias').slice(0, 64));
});

test('weights have the deviation of He et al., biases the range of PyTorch', () => {
  const graph = net();
  const weight = dataOf(graph, 'conv.weight');
  expect(deviation(weight) / Math.sqrt(2 / 288)).toBeCloseTo(1, 1);
  expect(new Set(weight).size).toBeGreaterThan(0.99 * weight.length);
  const bias = dataOf(graph, 'head.bias');
  expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(1 / 8);
  expect(deviation(bias)).toBeGreaterThan(0.05);
});

test('a fresh batch normalisation does nothing', () => {
  const graph = net();
  const values = ['weight', 'bias', 'running_mean', 'running_var'].map((name) => [
    ...new Set(dataOf(graph, `bn.${name}`)),
  ]);
  expect(values).toEqual([[1], [0], [0], [1]]);
  expect([...new Set(dataOf(graph, 's.weight'))]).toEqual([0.5]);
});

test('rows can be read in any order', () => {
  const weight = net().consts['conv.weight']!;
  const row = new Float64Array(288);
  readRow(weight, 40, row);
  expect(Float32Array.from(row)).toEqual(materialise(weight).data.slice(40 * 288, 41 * 288));
  const bias = net().consts['conv.bias']!;
  expect(Math.fround(at(bias, 7))).toBe(materialise(bias).data[7]);
});

test('float64 models', () => {
  const graph = net({ dtype: 'f64' });
  expect(materialise(graph.consts['conv.weight']!).dtype).toBe('f64');
  expect(graph.nodes.at(-1)!.outputs[0].dtype).toBe('f64');
});

test('random statistics leave everything else alone', () => {
  const before = net();
  const after = randomiseStatistics(before, 3);
  const changed = Object.keys(before.consts).filter((id) => before.consts[id] !== after.consts[id]);
  expect(changed).toEqual(['bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var']);
  expect(Object.keys(after.consts)).toEqual(Object.keys(before.consts));
  expect(graphStats(after)).toEqual(graphStats(before));
  const variance = dataOf(after, 'bn.running_var');
  expect(Math.min(...variance)).toBeGreaterThan(0.5);
  expect(Math.max(...variance)).toBeLessThan(1.5);
  expect(new Set(variance).size).toBe(64);
  expect(dataOf(randomiseStatistics(before, 4), 'bn.running_var')).not.toEqual(variance);
  expect(before.consts['bn.weight']).toBeInstanceOf(Lazy);
  expect(materialise(after.consts['bn.weight']!)).toBeInstanceOf(Tensor);
});
