/** What a rewrite changed, and between which values. */
import { expect, test } from 'vitest';
import { GraphBuilder, Tensor, type Graph } from '../../ir/index.ts';
import { compile, zoo } from '../../src/index.ts';
import { regionsOf } from '../../src/equivalence/index.ts';
import { graphOf } from '../support/rewrite.ts';

const plain = (source: Graph): Graph => compile(source).graph;

/** The regions as text. */
const regions = (source: Graph, rewritten: Graph = plain(source)): string[] =>
  regionsOf(source, rewritten).map(({ value, rewrittenValue, inputs, ...nodes }) => {
    const name = value === rewrittenValue ? value : `${value}=${rewrittenValue}`;
    return `${name}(${inputs.join()}): ${nodes.source.join()} -> ${nodes.rewritten.join()}`;
  });

const x = '%x: f32[1,2,5,5]';
const weights = 'const %v : f32[2,2,3,3]\nconst %w : f32[2,2,1,1]\nconst %u : f32[2,2,1,1]';
const pads = '{pads=[1,1,1,1]}';

test('a fused activation keeps the name of its value', () => {
  const source = graphOf(`graph g(${x}) {
    ${weights}
    %c = conv2d %x, %v ${pads}
    %r = relu %c
    %d = conv2d %r, %w
    %y = sigmoid %d
    return %y
  }`);
  expect(regions(source)).toEqual(['r(x): c,r -> r', 'y(r): d,y -> y']);
});

test('what stayed is in no region', () => {
  const source = graphOf(`graph g(${x}) {
    ${weights}
    %m = maxPool %x
    %c = conv2d %m, %v ${pads}
    %d = conv2d %m, %w
    %s = sum %c, %d
    %y = maxPool %s
    return %y
  }`);
  expect(regions(source)).toEqual(['s(m): c,d,s -> s']);
  expect(regions(source, source)).toEqual([]);
});

test('a weight that changed is a region; one that was copied is none', () => {
  const source = graphOf(`graph g(${x}) {\n${weights}\n%y = conv2d %x, %w\nreturn %y\n}`);
  const with_ = (data: Float32Array): Graph => ({
    ...source,
    consts: { ...source.consts, w: new Tensor([2, 2, 1, 1], data) },
  });
  const data = source.consts['w'] as Tensor;
  expect(regions(source, with_(data.data.slice() as Float32Array))).toEqual([]);
  const changed = data.data.slice() as Float32Array;
  changed[3]! += 1e-3;
  expect(regions(source, with_(changed))).toEqual(['y(x): y -> y']);
});

test('an attribute that changed is a region', () => {
  const text = (alpha: number) =>
    `graph g(%x: f32[2]) {\n%y = leakyRelu %x {alpha=${alpha}}\nreturn %y\n}`;
  expect(regions(graphOf(text(0.1)), graphOf(text(0.2)))).toEqual(['y(x): y -> y']);
});

test('a side that goes through a value of both graphs makes the other go there, too', () => {
  const source = graphOf(`graph g(${x}) {
    ${weights}
    %m = maxPool %x
    %c = conv2d %m, %v ${pads}
    %d = conv2d %m, %w
    %s = sum %c, %d
    return %s, %c
  }`);
  // c stands in both graphs, but only the source computes s from it.
  const rewritten = graphOf(`graph g(${x}) {
    ${weights}
    const %f : f32[2,2,3,3]
    %m = maxPool %x
    %c = conv2d %m, %v ${pads}
    %s = conv2d %m, %f ${pads}
    return %s, %c
  }`);
  expect(regions(source, rewritten)).toEqual(['s(m): c,d,s -> s']);
});

test('of two equal values one may be left', () => {
  const source = graphOf(`graph g(${x}) {
    ${weights}
    %a = sigmoid %x
    %b = sigmoid %x
    %c = conv2d %b, %w
    %y = sum %a, %b, %c
    return %y, %a
  }`);
  expect(regions(source)).toEqual(['y(a): c,y -> y']);
});

test('an output may read another value', () => {
  const source = graphOf(`graph g(${x}) {
    %a = relu %x
    %b = identity %a
    %c = identity %x
    return %b, %c
  }`);
  expect(regions(source)).toEqual(['b=a(a): b -> ', 'c=x(x): c -> ']);
});

test('constants that were folded belong to the region', () => {
  const source = graphOf(`graph g(%x: f32[2]) {
    const %k : f32[2]
    %a = relu %k
    %y = add %x, %a
    %z = sigmoid %a
    return %y, %z
  }`);
  expect(regions(source)).toEqual(['y(x): a,y -> y', 'z(): a,z -> ']);
});

test('no value in common but inputs and outputs: one region', () => {
  const source = graphOf('graph g(%x: f32[2]) {\n%a = relu %x\n%b = silu %a\nreturn y=%b\n}');
  const other = graphOf('graph g(%x: f32[2]) {\n%c = relu %x\n%d = silu %c\nreturn y=%d\n}');
  expect(regions(source, other)).toEqual(['b=d(x): a,b -> c,d']);
});

test('the zoo: a region for each block', () => {
  const source = zoo['repvgg-article']();
  expect(regions(source)).toHaveLength(7);
});

test('ten thousand nodes', () => {
  const b = new GraphBuilder('g');
  const w = b.constant('w', new Tensor([1, 1, 1, 1], Float32Array.of(0.5)));
  let value = b.input('x', [1, 1, 2, 2]);
  for (let i = 0; i < 2500; i++) {
    const parts = ['a', 'b'].map((name) => b.node('conv2d', `${name}${i}`, [value, w]));
    value = b.node('relu', `r${i}`, [b.node('sum', `s${i}`, parts)]);
  }
  const source = b.finish([{ name: 'y', value }]);
  const nodes = source.nodes.filter(({ id }) => !id.startsWith('b'));
  const rewritten = {
    ...source,
    nodes: nodes.map((node) =>
      node.op === 'sum' ? { ...node, inputs: [node.inputs[0]!, node.inputs[0]!] } : node,
    ),
  };
  // Equal to what it was: the second branch is the first one again.
  expect(regions(source, rewritten)).toEqual([]);
  const doubled = { ...rewritten, consts: { w: new Tensor([1, 1, 1, 1], Float32Array.of(1)) } };
  expect(regionsOf(source, doubled)).toHaveLength(2500);
});
