import { expect, test } from 'vitest';
import { add, batchNorm, clip, concat, conv2d, gelu, model } from '../../src/model/index.ts';
import { named, parameter, relu, relu6, sequential, sum } from '../../src/model/index.ts';
import type { Layer } from '../../src/model/index.ts';

const shape = { x: [1, 4, 8, 8] };
const nodesOf = (layer: Layer) => model('m', shape, ({ x }) => layer(x)).nodes.map((n) => n.id);
const paramsOf = (layer: Layer) => Object.keys(model('m', shape, ({ x }) => layer(x)).consts);

test('a list numbers its layers, as nn.Sequential does', () => {
  const layer = sequential([conv2d(4, 1), batchNorm(), relu]);
  expect(nodesOf(layer)).toEqual(['0', '1', '2']);
  expect(paramsOf(named('head', layer))).toEqual([
    'head.0.weight',
    'head.0.bias',
    'head.1.weight',
    'head.1.bias',
    'head.1.running_mean',
    'head.1.running_var',
  ]);
});

test('a layer left out leaves its number out', () => {
  expect(nodesOf(sequential([conv2d(4, 1), false, relu]))).toEqual(['0', '2']);
});

test('names nest, whatever the layer is made of', () => {
  const twice: Layer = (x) => relu(named('conv', conv2d(4, 1))(x));
  const layer = sequential({ stage1: sequential([twice, named('inner', twice), twice]) });
  expect(paramsOf(layer).filter((id) => id.endsWith('weight'))).toEqual([
    'stage1.0.conv.weight',
    'stage1.1.inner.conv.weight',
    'stage1.2.conv.weight',
  ]);
});

test('a name may have dots', () => {
  expect(nodesOf(named('branches.0', relu))).toEqual(['branches.0']);
});

test('layers without a name are called after their kind and numbered', () => {
  const layer: Layer = (x) => sum(add(relu(x), relu(x)), relu6(gelu(x)), clip(0, 1)(x));
  expect(nodesOf(layer)).toEqual(['relu', 'relu_1', 'add', 'gelu', 'relu6', 'clip', 'sum']);
  expect(nodesOf(sequential({ a: layer })).slice(0, 2)).toEqual(['a.relu', 'a.relu_1']);
});

test('an automatic name avoids those that are taken', () => {
  const net = model('m', { relu: [1] }, (inputs) => relu(inputs.relu));
  expect(net.nodes[0]!.id).toBe('relu_1');
});

test('a name used twice is an error', () => {
  const twice = 'the name "a.b" is used twice';
  expect(() => nodesOf(sequential({ a: (x) => named('b', relu)(named('b', relu)(x)) }))).toThrow(
    twice,
  );
  expect(() => nodesOf((x) => named('a.b', relu)(named('a', named('b', relu))(x)))).toThrow(twice);
  expect(() => nodesOf((x) => named('x', relu)(x))).toThrow('the name "x" is used twice');
  expect(() => nodesOf((x) => add(parameter(x, 'w', [1]), parameter(x, 'w', [1])))).toThrow(
    'the name "w" is used twice',
  );
  expect(() => nodesOf(named('', relu))).toThrow('empty name');
});

test('a scope used twice is an error, even where nothing in it collides', () => {
  const block: Layer = (x) => relu(x);
  expect(() => nodesOf((x) => named('a', block)(named('a', block)(x)))).toThrow(
    '"a" is used twice',
  );
});

test('a layer with parameters stands in one place', () => {
  const conv = conv2d(4, 1);
  expect(() => nodesOf(sequential({ a: conv, b: conv }))).toThrow(
    'conv2d "b": this layer already stands at "a"',
  );
  // But in as many models as one likes.
  expect(nodesOf(sequential({ c: conv }))).toEqual(['c']);
  expect(nodesOf(sequential({ c: conv }))).toEqual(['c']);
});

test('the inputs and outputs keep their names', () => {
  const net = model('m', { a: [1, 2], b: [1, 3] }, ({ a, b }) => ({
    first: a,
    both: concat([a, b], 1),
  }));
  expect(net.inputs.map((v) => v.id)).toEqual(['a', 'b']);
  expect(net.outputs).toEqual([
    { name: 'first', value: 'a' },
    { name: 'both', value: 'concat' },
  ]);
  expect(model('m', { a: [1] }, ({ a }) => relu(a)).outputs[0]!.name).toBe('output');
});
