import { expect, test } from 'vitest';
import { batchNorm, branches, compile, conv2d, evaluate, model, parse } from '../src/index.ts';
import { loadStateDict, openSession, pipeline, printGraph, relu, save } from '../src/index.ts';
import { sequential, specialise, Tensor } from '../src/index.ts';
import { randomWeights } from './support/random-weights.ts';

const block = () =>
  model('block', { x: ['N', 8, 'H', 'W'] }, ({ x }) => {
    const convBn = (kernel: number) =>
      sequential({ conv: conv2d(8, kernel, { padding: 'same', bias: false }), bn: batchNorm() });
    return { y: relu(branches({ a: convBn(3), b: convBn(1), c: batchNorm() })(x)) };
  });

test('a RepVGG block with symbolic sizes becomes one convolution', () => {
  const { graph, source, log } = compile(block());
  expect(graph.nodes.map(({ op }) => op)).toEqual(['conv2d']);
  expect(graph.outputs).toEqual([{ name: 'y', value: 'relu' }]);
  expect(source.nodes).toHaveLength(7);
  expect(log.map(({ rule }) => rule)).toContain('sum-parallel-convs');
});

test('what is no graph is refused with a remedy', async () => {
  const compiled = compile(block());
  expect(() => compile(compiled as never)).toThrow(
    'compile takes a graph; what compile() returns has it as .graph',
  );
  expect(() => compile(undefined as never)).toThrow('make one with model() or parse()');
  expect(() => compile(Promise.resolve(block()) as never)).toThrow('await it first');
  await expect(openSession(compiled as never)).rejects.toThrow('openSession takes a graph');
  expect(() => evaluate(compiled as never, {})).toThrow('evaluate takes a graph');
  expect(() => loadStateDict(compiled as never, {})).toThrow('loadStateDict takes a graph');
  expect(() => printGraph(compiled as never)).toThrow('printGraph takes a graph');
  expect(() => specialise(compiled as never, {})).toThrow('specialise takes a graph');
  expect(() => save(compiled as never)).toThrow('verify takes a graph');
});

test('a plan for open sizes is for a batch of 1', () => {
  const { plan } = compile(block());
  expect(plan().inputs[0]!.shape).toEqual([1, 8, 224, 224]);
  expect(plan({ N: 2, H: 8, W: 9 }).inputs[0]!.shape).toEqual([2, 8, 8, 9]);
});

test('wgsl shows the kernel that computes a node, or lists the nodes', () => {
  const { wgsl } = compile(block());
  expect(wgsl('relu')).toMatch(/@compute @workgroup_size/);
  expect(() => wgsl('a.conv')).toThrow('no kernel computes "a.conv"; there are kernels for relu');
});

test("a pipeline of one's own replaces the default", () => {
  const { graph } = compile(block(), { passes: pipeline.slice(0, 1) });
  expect(graph.nodes).toHaveLength(7);
});

test('weights are rounded once, from float64', () => {
  const source = parse(
    `graph g(%x: f32[1,2,3,3]) {
       const %w : f32[2,2,1,1]
       const %s : f32[2]
       const %t : f32[2]
       const %m : f32[2]
       const %var : f32[2]
       %c = conv2d %x, %w
       %y = batchNorm %c, %s, %t, %m, %var
       return %y
     }`,
    randomWeights('rounding'),
  );
  const exact = compile(source, { passes: pipeline.slice(0, -1) }).graph;
  const rounded = compile(source).graph;
  const x = new Tensor(
    [1, 2, 3, 3],
    Float32Array.from({ length: 18 }, (_, i) => Math.cos(i)),
  );
  expect(printGraph(exact)).toBe(printGraph(rounded));
  const [a, b] = [evaluate(exact, { x })['y']!.data, evaluate(source, { x })['y']!.data];
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 12));
});

test("the model is the caller's as before: not changed, not frozen", () => {
  const net = block();
  const text = printGraph(net);
  compile(net);
  expect(printGraph(net)).toBe(text);
  expect(Object.isFrozen(net.nodes[0])).toBe(false);
});
