/** Rules that never end are named; rules that take their time are let alone. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../ir/index.ts';
import {
  any,
  fixpoint,
  identityToConv,
  op,
  pipeline,
  rule,
  runPasses,
} from '../../passes/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import { expectSameMeaning, run } from '../support/rewrite.ts';

describe('a rule that fires for ever is named', () => {
  const swap = rule({
    name: 'swap',
    identity: 'a + b = b + a',
    pattern: op('add', 'add', any('a'), any('b')),
    rewrite: ({ a, b }) => ({ op: 'add', inputs: [b.id, a.id] }),
  });
  const grow = rule({
    name: 'grow',
    identity: 'relu(x) = relu(relu(x))',
    pattern: op('relu', 'relu', any('x')),
    rewrite: ({ x }, build) => ({
      op: 'clip',
      inputs: [build.node('more', { op: 'relu', inputs: [x.id] })],
    }),
  });
  test.each([swap, grow])('$name', (endless) => {
    const text = 'graph g(%x: f32[2], %z: f32[2]) {\n%s = add %x, %z\n%y = relu %s\nreturn %y\n}';
    expect(() => run([fixpoint('mine', [endless])], text)).toThrow(
      new RegExp(
        `^pass mine: the rule ${endless.name} still applies at "\\w.*" after \\d+ rewrites`,
      ),
    );
  });

  test('soon, even in a large graph', () => {
    const b = new GraphBuilder('g');
    let x = b.input('x', [2]);
    for (let i = 0; i < 2000; i++) x = b.node('add', `a${i}`, [x, 'x']);
    const graph = b.finish([{ name: 'y', value: x }]);
    expect(() => runPasses(graph, [fixpoint('mine', [swap])])).toThrow('the rule swap');
  });

  test('but one that moves a node along a chain may take its time', () => {
    const up = rule({
      name: 'up',
      identity: 'identity(relu(x)) = relu(identity(x))',
      pattern: op('identity', 'identity', op('relu', 'relu', any('x'))),
      rewrite: ({ relu, x }, build) => ({
        op: 'relu',
        inputs: [build.node(`${relu.id}.moved`, { op: 'identity', inputs: [x.id] })],
      }),
    });
    const b = new GraphBuilder('g');
    let x = b.input('x', [2]);
    for (let i = 0; i < 100; i++) x = b.node('relu', `r${i}`, [x]);
    const graph = b.finish([{ name: 'y', value: b.node('identity', 'i', [x]) }]);
    const result = runPasses(graph, [fixpoint('mine', [up])]);
    expect(result.log).toHaveLength(100);
    expect(result.graph.nodes[0]!.op).toBe('identity');
  });

  test('but one that has work to do for each operand may do it', () => {
    const b = new GraphBuilder('g');
    const x = b.input('x', [1, 1, 2, 2]);
    const w = b.constant('w', randomTensor('w', [1, 1, 1, 1]));
    const branches = [b.node('conv2d', 'c', [x, w]), ...Array<string>(60).fill(x)];
    const graph = b.finish([{ name: 'y', value: b.node('sum', 's', branches) }]);
    const alone = runPasses(graph, [fixpoint('mine', [identityToConv])]);
    expect(alone.graph.nodes).toHaveLength(62);
  });

  test('but a wide sum may take its time', () => {
    const b = new GraphBuilder('g');
    const x = b.input('x', [1, 1, 6, 6]);
    const convs = Array.from({ length: 400 }, (_, i) => {
      const k = [1, 3][i % 2]!;
      const w = b.constant(`w${i}`, randomTensor(`w${i}`, [1, 1, k, k]));
      return b.node('conv2d', `c${i}`, [x, w], { pads: Array<number>(4).fill((k - 1) / 2) });
    });
    const graph = b.finish([{ name: 'y', value: b.node('sum', 's', [...convs, x]) }]);
    const result = runPasses(graph, pipeline);
    expect(result.graph.nodes.map(({ op: kind }) => kind)).toEqual(['conv2d']);
    expectSameMeaning(graph, result.graph, 1e-6);
  });
});
