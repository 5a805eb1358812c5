import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, parse, printGraph, type Graph } from '../../ir/index.ts';
import { arbitraryGraph, oddNames } from '../support/arbitrary-graph.ts';
import { randomWeights } from '../support/random-weights.ts';

/** Parses and prints again. */
const again = (text: string) => printGraph(parse(text, randomWeights()));

test.each([
  ['plain', {}],
  ['symbolic', { symbolic: true }],
  ['oddly named', { oddNames: true }],
  ['symbolic and oddly named', { symbolic: true, oddNames: true }],
])('any %s graph is read back as it was', (_, options) => {
  fc.assert(
    fc.property(arbitraryGraph(options), (graph) => {
      const read = parse(printGraph(graph), (id) => graph.consts[id]!);
      expect(read).toEqual(graph);
      expect(printGraph(read)).toBe(printGraph(graph));
    }),
    { numRuns: 200 },
  );
});

test('the text of a graph with every part', () => {
  const text = `graph "my net"(%x: f32[N,3,H,W], %y: f32[N,8]) {
  const %w : f32[4,3,3,3]
  const %p : f32[3]
  %c = conv2d %x, %w, _, %p {strides=[2,2], pads=[1,1,1,1], act="relu"} : f32[N,4,floor((H+1)/2),floor((W+1)/2)]
  %f = flatten %c : f32[N,4*floor((H+1)/2)*floor((W+1)/2)] @"the node"
  %s = sum %y, %y {act="clip", actParams=[-inf,6]} : f32[N,8]
  return logits=%f, %s, "two words"=%s
}
`;
  expect(again(text)).toBe(text);
});

test.each([
  ['f32[N,3,H,W]', '1', 'f32[N,3*H*W]'],
  ['f32[N,64,H,W]', '1', 'f32[N,64*H*W]'],
  ['f32[2,H,3,W]', '2', 'f32[2*H,3*W]'],
  ['f32[H,H,5]', '0', 'f32[1,5*H*H]'],
])('flattening %s at %s gives %s', (type, axis, flat) => {
  expect(again(`graph g(%x: ${type}) {\n%f = flatten %x {axis=${axis}}\nreturn %f\n}`)).toContain(
    `: ${flat}`,
  );
});

test('a shifted size in a product stands in parentheses', () => {
  const lines = ['%c = concat %x, %k {axis=0}', '%f = flatten %c {axis=2}', 'return %f', '}'];
  const text = ['graph g(%x: f32[H,3]) {', 'const %k : f32[1,3]', ...lines].join('\n');
  expect(again(text)).toContain('%f = flatten %c {axis=2} : f32[3*(H+1),1]');
});

test.each([
  ['inf', '{max=inf}'],
  ['-inf', '{min=-inf}'],
  ['-0', '{min=-0}'],
  ['1e21', '{max=1e+21}'],
  ['1e-7', '{max=1e-7}'],
])('the number %s keeps its value in text', (_, attrs) => {
  const text = `graph g(%x: f32[1]) {\n  %y = clip %x ${attrs} : f32[1]\n  return %y\n}\n`;
  expect(again(text)).toBe(text);
});

test('attributes print in one order, defaults left out', () => {
  const b = new GraphBuilder('g');
  const y = b.node('clip', 'y', [b.input('x', [1])], { max: 2, min: 1 });
  const graph = b.finish([{ name: 'y', value: y }]);
  const turned: Graph = {
    ...graph,
    nodes: graph.nodes.map((n) => (n.op === 'clip' ? { ...n, attrs: { max: 2, min: 1 } } : n)),
  };
  expect(printGraph(turned)).toBe(printGraph(graph));
  expect(printGraph(graph)).toContain('clip %x {min=1, max=2} :');
});

describe('names', () => {
  test.each(oddNames.map((name) => [JSON.stringify(name), name] as const))(
    '%s can name a graph, input, constant, node, value and output',
    (_, name) => {
      const all = [`i${name}`, name, `v${name}`, `o${name}`] as const;
      for (const [input, constant, value, output] of [all, all.toReversed()] as (typeof all)[]) {
        const b = new GraphBuilder(name);
        b.input(input, ['N', 2]);
        b.constant(constant, randomWeights()(constant, { dtype: 'f32', shape: [2] }));
        b.node('add', value, [input, constant]);
        const graph = b.finish([{ name: output, value }]);
        const nodes = graph.nodes.map((n) => ({ ...n, id: `${name}!` }));
        const read = parse(printGraph({ ...graph, nodes }), randomWeights());
        expect(read).toEqual({ ...graph, nodes });
        expect(Object.keys(read.consts)).toEqual([constant]);
      }
    },
  );

  test('a simple name needs no quotes', () => {
    expect(again('graph "a.b/c-1_2"(%"x": f32[1]) {\nreturn "y"=%"x"\n}')).toBe(
      'graph a.b/c-1_2(%x: f32[1]) {\n  return y=%x\n}\n',
    );
  });
});

test('comments, blank lines, spaces and carriage returns do not matter', () => {
  const text = `
// a comment
  graph  g ( %x :f32[ N , 3 ] ){ // another
\t%y = identity   %x

  return   %y // the last
  }  `;
  const wanted = 'graph g(%x: f32[N,3]) {\n  %y = identity %x : f32[N,3]\n  return %y\n}\n';
  expect(again(text)).toBe(wanted);
  expect(again(text.replaceAll('\n', '\r\n'))).toBe(wanted);
});

test('the data of constants come from the source of weights', () => {
  const text = 'graph g(%x: f64[1]) {\nconst %w : f64[2,3]\nreturn %x\n}';
  const asked: unknown[] = [];
  const { consts } = parse(text, (id, type) => {
    asked.push([id, type]);
    return randomWeights()(id, type);
  });
  expect(asked).toEqual([['w', { dtype: 'f64', shape: [2, 3] }]]);
  expect(consts.w).toEqual(randomWeights()('w', { dtype: 'f64', shape: [2, 3] }));
});
