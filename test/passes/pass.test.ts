/** The pass manager, and the passes that are no rules. */
import { describe, expect, test } from 'vitest';
import { printGraph, type Graph, type Node } from '../../ir/index.ts';
import { commonSubexpressions, deadCode, foldConstants, pass } from '../../passes/index.ts';
import { pipeline, runPasses, untilStable, type Pass } from '../../passes/index.ts';
import { expectSameMeaning, graphOf, normalised, run } from '../support/rewrite.ts';

const simple = graphOf('graph g(%x: f32[2]) {\n%a = relu %x\n%y = relu %a\nreturn %y, %a\n}');
const breaker = (change: (graph: Graph) => Graph) => () =>
  runPasses(simple, [pass('harmless', (graph) => ({ ...graph })), pass('breaker', change)]);
const withNode = (graph: Graph, change: (node: Node) => Node): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (node.id === 'y' ? change(node) : node)),
});

describe('a pass that breaks the graph is named', () => {
  test.each<[string, (graph: Graph) => Graph, string]>([
    [
      'an operand that is not there',
      (graph) => withNode(graph, (node) => ({ ...node, inputs: ['gone'] })),
      'pass breaker: operand x of relu "y": %gone is not defined',
    ],
    [
      'a wrong shape',
      (graph) =>
        withNode(graph, (node) => ({ ...node, outputs: [{ ...node.outputs[0], shape: [3] }] })),
      'pass breaker: relu "y": declared f32[3], inferred f32[2]',
    ],
    [
      'a node that is gone',
      (graph) => ({ ...graph, nodes: graph.nodes.slice(0, 1) }),
      'pass breaker: the output "y": %y is not defined',
    ],
    [
      'an output of another name',
      (graph) => ({ ...graph, outputs: [{ name: 'z', value: 'y' }, graph.outputs[1]!] }),
      'pass breaker: changed the interface y: f32[2], a: f32[2] to z: f32[2], a: f32[2]',
    ],
    [
      'an output less',
      (graph) => ({ ...graph, outputs: graph.outputs.slice(1) }),
      'pass breaker: changed the interface y: f32[2], a: f32[2] to a: f32[2]',
    ],
    [
      'an input more',
      (graph) => ({ ...graph, inputs: [...graph.inputs, { id: 'k', dtype: 'f32', shape: [1] }] }),
      'pass breaker: changed the interface x: f32[2] to x: f32[2], k: f32[1]',
    ],
    [
      'another shape throughout',
      () => graphOf('graph g(%x: f32[2]) {\n%y = reshape %x {shape=[2,1]}\nreturn %y, a=%x\n}'),
      'pass breaker: changed the interface y: f32[2], a: f32[2] to y: f32[2,1], a: f32[2]',
    ],
  ])('%s', (_, change, message) => {
    expect(breaker(change)).toThrow(expect.objectContaining({ code: 'pass', message }) as Error);
  });

  test('and so is the node', () => {
    expect(breaker((graph) => withNode(graph, (node) => ({ ...node, inputs: ['gone'] })))).toThrow(
      expect.objectContaining({ subject: 'y' }) as Error,
    );
  });
});

test('a graph that is malformed from the start is not put down to a pass', () => {
  expect(() => runPasses({ ...simple, outputs: [] }, pipeline)).toThrow(
    'the graph "g" has no output',
  );
});

test('passes that undo each other end with an error that names them', () => {
  const flip: Pass = pass('flip', (graph) => ({ ...graph }));
  expect(() => runPasses(simple, [untilStable('both', [flip, deadCode])])).toThrow(
    'pass both: flip, dead-code still change the graph after 102 rounds',
  );
});

describe('common-subexpressions', () => {
  const merged = (text: string) => {
    const { before, graph } = run([commonSubexpressions, deadCode], text);
    expectSameMeaning(before, graph);
    return printGraph(graph);
  };

  test('nodes that are alike become one, and what reads them in turn', () => {
    const text = `graph g(%x: f32[2]) {
      %a = relu %x
      %b = relu %x
      %c = add %a, %b
      %d = add %b, %a
      %y = mul %c, %d
      return %y, other=%b
    }`;
    const wanted = `graph g(%x: f32[2]) {
      %a = relu %x
      %c = add %a, %a
      %y = mul %c, %c
      return %y, other=%a
    }`;
    expect(merged(text)).toBe(normalised(wanted));
  });

  test.each([
    ['another attribute', '%a = clip %x {min=-inf, max=1}', '%b = clip %x {min=inf, max=1}'],
    ['a zero of another sign', '%a = clip %x {min=-0}', '%b = clip %x {min=0}'],
    ['another operand', '%a = relu %x', '%b = relu %z'],
    ['another op', '%a = relu %x', '%b = silu %x'],
    ['operands the other way round', '%a = add %x, %z', '%b = add %z, %x'],
  ])('%s makes a difference', (_, a, b) => {
    const text = `graph g(%x: f32[2], %z: f32[2]) {\n${a}\n${b}\nreturn %a, %b\n}`;
    expect(merged(text)).toBe(normalised(text));
  });
});

test('what one pass exposes, an earlier one uses', () => {
  // The sums are seen to be alike once the identity is gone; only then has %s one user.
  const { before, graph, log } = run(
    pipeline,
    `graph g(%x: f32[1,2,3,3], %z: f32[1,2,3,3]) {
      const %v : f32[2,2,1,1]
      const %w : f32[2,2,1,1]
      %c = conv2d %x, %v
      %s = sum %c, %z
      %d = conv2d %x, %w
      %i = identity %d
      %t = sum %s, %d
      %u = sum %s, %i
      %y = mul %t, %u
      return %y
    }`,
  );
  expectSameMeaning(before, graph, 1e-6);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['conv2d', 'sum', 'mul']);
  expect(log.filter(({ rule, kind }) => kind === 'refused' && rule === 'flatten-sums')).toEqual([]);
});

test('fold-constants evaluates what depends on constants alone, and rounds later', () => {
  const { before, graph } = run(
    [foldConstants],
    `graph g(%x: f32[2]) {
      const %a : f32[2]
      const %b : f32[]
      %c = mul %a, %b
      %d = silu %c
      %y = add %x, %d
      return %y, %d
    }`,
  );
  expect(graph.nodes.map(({ id }) => id)).toEqual(['y']);
  expectSameMeaning(before, graph, 0);
});

test('weights that are computed from constants are merged like others', () => {
  const { before, graph } = run(
    pipeline,
    `graph g(%x: f32[1,2,3,3]) {
      const %w : f32[2,2,1,1]
      const %mask : f32[2,1,1,1]
      const %v : f32[2,2,1,1]
      %masked = mul %w, %mask
      %c = conv2d %x, %masked
      %d = conv2d %x, %v
      %y = sum %c, %d
      return %y
    }`,
  );
  expectSameMeaning(before, graph, 1e-6);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['conv2d']);
});

test('dead-code drops what no output needs', () => {
  const text =
    'graph g(%x: f32[2]) {\nconst %k : f32[2]\n%a = add %x, %k\n%y = relu %x\nreturn %y\n}';
  expect(printGraph(run([deadCode], text).graph)).toBe(
    normalised('graph g(%x: f32[2]) {\n%y = relu %x\nreturn %y\n}'),
  );
});
