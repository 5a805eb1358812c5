/** The rule driver: termination, overlapping matches, names, what it makes of rules that are wrong. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder, printGraph, tensor, toFloat64, type Graph } from '../../ir/index.ts';
import { any, fixpoint, op, pipeline, rule, runPasses, rules } from '../../passes/index.ts';
import type { Rule } from '../../passes/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import { expectRewrite, expectSameMeaning, graphOf, normalised, run } from '../support/rewrite.ts';

const chain = (length: number): Graph => {
  const b = new GraphBuilder('g');
  let x = b.input('x', [2]);
  for (let i = 0; i < length; i++) x = b.node('relu', `r${i}`, [x]);
  return b.finish([{ name: 'y', value: x }]);
};

const reluTwice = rule({
  name: 'relu-twice',
  identity: 'relu(relu(x)) = relu(x)',
  pattern: op('relu', 'outer', op('relu', 'inner', any('x'))),
  rewrite: ({ x }) => ({ op: 'relu', inputs: [x.id] }),
});

describe('a rule of one’s own', () => {
  test('runs to its fixpoint', () => {
    const { graph, log } = runPasses(chain(9), [fixpoint('mine', [reluTwice])]);
    expect(printGraph(graph)).toBe(
      normalised('graph g(%x: f32[2]) {\n%r8 = relu %x\nreturn y=%r8\n}'),
    );
    expect(log).toHaveLength(8);
    expect(log[0]).toEqual({
      kind: 'applied',
      pass: 'mine',
      rule: 'relu-twice',
      node: 'r1',
      nodes: ['r1', 'r0'],
      why: 'relu(relu(x)) = relu(x)',
    });
  });

  test('looks at a chain of any length twice, the second time in vain', () => {
    let looks = 0;
    const counted: Rule = {
      ...reluTwice,
      sound: {
        'it is only counted': () => {
          looks++;
          return true;
        },
      },
    };
    runPasses(chain(500), [fixpoint('mine', [counted])]);
    expect(looks).toBe(499);
    const idle: Rule = { ...counted, pattern: op('relu', 'relu'), worth: { never: () => false } };
    runPasses(chain(500), [fixpoint('mine', [idle, reluTwice])]);
    // At each node, again at what stands there after the rewrite, and at what is left in the end.
    expect(looks).toBe(499 + 500 + 499 + 1);
  });

  test('goes before the pipeline or in it', () => {
    const own = [fixpoint('mine', [reluTwice]), ...pipeline];
    const text = `graph g(%x: f32[1,2,2,2]) {
      const %w : f32[2,2,1,1]
      %c = conv2d %x, %w
      %a = relu %c
      %y = relu %a
      return %y
    }`;
    const { before, graph } = run(own, text);
    expect(graph.nodes.map(({ op: kind }) => kind)).toEqual(['conv2d']);
    expectSameMeaning(before, graph);
  });

  test('may look for any value', () => {
    const everything: Rule = rule({
      name: 'everything',
      identity: 'x = x',
      pattern: any('y'),
      sound: { 'it is no identity': ({ y }, g) => g.definition(y.id)?.op === 'identity' },
      rewrite: ({ y }, _, g) => g.definition(y.id)!.inputs[0]!,
    });
    const before = `graph g(%x: f32[2]) {
      %a = identity %x
      %b = relu %a
      %y = identity %b
      return %y
    }`;
    expectRewrite(everything, before, 'graph g(%x: f32[2]) {\n%b = relu %x\nreturn y=%b\n}');
  });

  test('gets names of its own, whatever it asks for', () => {
    const names = ['__proto__', 'x', 'y', 'constructor', ''];
    const made: string[] = [];
    const odd = rule({
      name: 'odd',
      identity: 'relu(x) = 1 leakyRelu(x + 0)',
      pattern: op('relu', 'relu', any('x')),
      rewrite({ x }, build) {
        const factors = names.map((name) => build.constant(name, randomTensor('k', [2])));
        const nodes = names.map((name, i) =>
          build.node(name, { op: 'mul', inputs: [x.id, factors[i]!] }),
        );
        made.push(...factors, ...nodes);
        expect(build.value(nodes[0]!).shape).toEqual([2]);
        return { op: 'sum', inputs: nodes };
      },
    });
    const { graph } = run(
      [fixpoint('mine', [odd])],
      'graph g(%x: f32[2]) {\n%y = relu %x\nreturn %y\n}',
    );
    expect(new Set(made).size).toBe(10);
    expect(made[0]).toBe('__proto__');
    expect(Object.keys(graph.consts)).toEqual(made.slice(0, 5));
    expect(graph.nodes).toHaveLength(6);
  });
});

test('a value whose name is empty is not taken for an absent operand', () => {
  const b = new GraphBuilder('g');
  b.node('identity', '', [b.input('x', [2])]);
  const graph = b.finish([{ name: 'y', value: b.node('relu', 'y', ['']) }]);
  const { nodes } = runPasses(graph, [fixpoint('all', rules)]).graph;
  expect(nodes.map(({ inputs }) => inputs)).toEqual([['x']]);
});

test('a branch may be a chain of any length', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [1, 1, 2, 2]);
  const conv = b.node('conv2d', 'c', [x, b.constant('w', tensor([1, 1, 1, 1], [3]))]);
  const [two, half] = [b.constant('two', tensor([1], [2])), b.constant('half', tensor([1], [0.5]))];
  let y = x;
  for (let i = 0; i < 10_000; i++) y = b.node('mul', `m${i}`, [y, i % 2 === 0 ? two : half]);
  const graph = b.finish([{ name: 'y', value: b.node('sum', 's', [conv, y]) }]);
  const result = runPasses(graph, pipeline).graph;
  expect(result.nodes).toHaveLength(1);
  expect([...toFloat64(Object.values(result.consts)[0]!)]).toEqual([4]);
});

test('a rule that throws is named, and so is the node', () => {
  const broken = rule({
    name: 'broken',
    identity: 'relu(x) = ?',
    pattern: op('relu', 'relu', any('x')),
    rewrite: ({ x }) => ({ op: 'conv2d', inputs: [x.id, x.id] }),
  });
  const careless = rule({
    ...broken,
    name: 'careless',
    pattern: op('relu', 'relu'),
    sound: {
      'no reason': () => {
        throw new TypeError('of undefined');
      },
    },
  });
  const text = 'graph g(%x: f32[2]) {\n%y = relu %x\nreturn %y\n}';
  expect(() => run([fixpoint('mine', [broken])], text)).toThrow(
    'pass mine: the rule broken at "y": conv2d "y": x must have 4 dimensions, but is [2]',
  );
  expect(() => run([fixpoint('mine', [careless])], text)).toThrow(
    expect.objectContaining({
      code: 'pass',
      subject: 'y',
      message: 'pass mine: the rule careless at "y": of undefined',
    }) as Error,
  );
});

test('a value that would be replaced by itself is an error, not an endless search', () => {
  const circular = rule({
    name: 'circular',
    identity: 'y = y',
    pattern: op('relu', 'relu'),
    rewrite: ({ relu }) => relu.outputs[0].id,
  });
  const text = 'graph g(%x: f32[2]) {\n%y = relu %x\nreturn %y\n}';
  expect(() => run([fixpoint('mine', [circular])], text)).toThrow(
    'pass mine: the rule circular at "y": %y would be replaced by itself',
  );
});

test('rewrites of one sweep that touch do not get into each other’s way', () => {
  const graph = graphOf(`graph g(%x: f32[1,2,4,4], %z: f32[1,2,4,4]) {
    const %v : f32[2,2,1,1]
    const %w : f32[2,2,3,3]
    const %s : f32[2,1,1]
    %i = identity %x
    %j = identity %i
    %c = conv2d %j, %v
    %m = mul %s, %c
    %d = conv2d %i, %w {pads=[1,1,1,1]}
    %k = identity %d
    %a = add %m, %k
    %b = add %k, %z
    %e = add %a, %b
    %y = relu %e
    return %y, %k, also=%i
  }`);
  for (const list of [rules, rules.toReversed()]) {
    const result = runPasses(graph, [fixpoint('all', list)]);
    expectSameMeaning(graph, result.graph);
    expect(result.graph.outputs.map(({ name }) => name)).toEqual(['y', 'k', 'also']);
  }
});
