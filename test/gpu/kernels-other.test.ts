import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, GraphBuilder, Tensor, type Graph } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { expectWithin, magnitudes } from '../support/magnitude.ts';
import { randomInputs, randomTensor } from '../support/random-weights.ts';
import { runGraph, type RunOptions } from '../support/run-graph.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

async function expectRight(graph: Graph, units: number, options?: RunOptions) {
  const inputs = randomInputs(graph);
  const { outputs, plan } = await runGraph(device, graph, inputs, options);
  expectWithin(outputs, evaluate(graph, inputs), magnitudes(graph, inputs), units);
  return plan;
}

const between = (min: number, max: number) => fc.integer({ min, max });
const pair = (min: number, max: number) => fc.tuple(between(min, max), between(min, max));

describe('pools', () => {
  const cases = fc
    .record({
      planes: pair(1, 3),
      kernel: pair(1, 4),
      strides: pair(1, 3),
      room: pair(0, 6),
      pads: fc.array(between(0, 3), { minLength: 4, maxLength: 4 }),
      include: fc.boolean(),
    })
    .map((c) => ({ ...c, pads: c.pads.map((pad, i) => Math.min(pad, c.kernel[i % 2]! - 1)) }));

  test.each(['maxPool', 'averagePool'] as const)('%s', async (op) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ planes, kernel, strides, room, pads, include }) => {
        const size = (axis: 0 | 1) =>
          Math.max(1, kernel[axis] - pads[axis]! - pads[axis + 2]!) + room[axis];
        const b = new GraphBuilder('pool');
        b.input('x', [...planes, size(0), size(1)]);
        const window = { kernel_shape: kernel, strides, pads };
        const more = op === 'averagePool' ? { count_include_pad: include } : {};
        b.node(op, 'y', ['x'], { ...window, ...more });
        const graph = b.finish([{ name: 'y', value: 'y' }]);
        const inputs = randomInputs(graph);
        const { outputs } = await runGraph(device, graph, inputs);
        // A maximum is one of the inputs and so exact.
        const units = op === 'averagePool' ? 6 : 0;
        expectWithin(outputs, evaluate(graph, inputs), magnitudes(graph, inputs), units);
      }),
      { numRuns: 40 },
    );
  });

  test('globalAveragePool', async () => {
    const shapes = fc.tuple(between(1, 3), between(1, 5), between(1, 9), between(1, 9));
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const b = new GraphBuilder('mean');
        b.input('x', shape);
        b.node('globalAveragePool', 'y', ['x']);
        await expectRight(b.finish([{ name: 'y', value: 'y' }]), 8);
      }),
      { numRuns: 20 },
    );
  });
});

test.each([undefined, 'softmax-shared x4'])(
  'softmax along any axis, of large values too, by %s',
  async (kernel) => {
    const shapes = fc.array(between(kernel ? 4 : 1, 6), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, between(-4, 3), between(0, 1), async (shape, axis, large) => {
        fc.pre(axis >= -shape.length && axis < shape.length);
        const b = new GraphBuilder('softmax');
        b.input('x', shape);
        let x = 'x';
        for (let i = 0; i < 12 * large; i++) x = b.node('add', `x${i}`, [x, x]);
        b.node('softmax', 'y', [x], { axis });
        const graph = b.finish([{ name: 'y', value: 'y' }]);
        const inputs = randomInputs(graph);
        const options = kernel ? { lowering: { kernel } } : {};
        const { outputs } = await runGraph(device, graph, inputs, options);
        const expected = evaluate(graph, inputs);
        // exp(x) is good to 3 + 2 |x| units, where WGSL is exact about it; below exp(-80) nothing counts.
        const floor = {
          y: new Tensor(
            shape,
            expected['y']!.data.map((v) => v + 1e-26),
          ),
        };
        expectWithin(outputs, expected, floor, large ? 200 : 24);
      }),
      { numRuns: 40 },
    );
  },
);

test('concat of any number of operands along any axis', async () => {
  const cases = fc.record({
    shape: fc.array(between(1, 4), { minLength: 1, maxLength: 4 }),
    lengths: fc.array(between(1, 3), { minLength: 1, maxLength: 11 }),
    axis: between(-4, 3),
    bindings: between(2, 8),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ shape, lengths, axis, bindings }) => {
      fc.pre(axis >= -shape.length && axis < shape.length);
      const b = new GraphBuilder('concat');
      const operands = lengths.map((length, i) => {
        const own = shape.with(axis, length);
        // Every third is a constant, every fourth the same value as one before.
        if (i % 3 === 1) return b.constant(`c${i}`, randomTensor(`c${i}`, own));
        const twin = i % 4 === 3 ? lengths.findIndex((l, k) => l === length && k % 3 !== 1) : i;
        return b.has(`x${twin}`) ? `x${twin}` : b.input(`x${i}`, own);
      });
      b.node('concat', 'y', operands, { axis });
      const limits = { maxStorageBuffersPerShaderStage: bindings };
      await expectRight(b.finish([{ name: 'y', value: 'y' }]), 0, { limits });
    }),
    { numRuns: 50 },
  );
});

describe('linear', () => {
  const cases = fc.record({
    rows: fc.array(between(1, 4), { minLength: 1, maxLength: 3 }),
    depth: between(1, 40),
    outputs: between(1, 19),
    full: fc.boolean(),
  });
  const names = ['linear-direct', 'linear-tiled m4y1', 'linear-tiled m4y4'];
  const onHardware = [
    'linear-gemm 64x16',
    'linear-gemm 32x32',
    'linear-reduce m4y1',
    'linear-reduce m4y4',
  ];
  test.each([null, ...names, ...onHardware])(
    'by %s, or by what the chooser takes',
    async (kernel) => {
      await fc.assert(
        fc.asyncProperty(cases, async ({ rows, depth, outputs, full }) => {
          const b = new GraphBuilder('linear');
          b.input('x', [...rows, depth]);
          b.constant('w', randomTensor('w', [outputs, depth]));
          if (full) b.constant('bias', randomTensor('bias', [outputs]));
          b.node('linear', 'y', ['x', 'w', full ? 'bias' : null], full ? {} : { act: 'relu' });
          if (full) {
            b.input('r', b.value('y').shape);
            b.node('sum', 's', ['y', 'r'], { act: 'leakyRelu', actParams: [0.1] });
          }
          const value = full ? 's' : 'y';
          const options = kernel ? { lowering: { kernel } } : {};
          const graph = b.finish([{ name: 'y', value }]);
          const plan = await expectRight(graph, 4 + Math.sqrt(depth), options);
          expect(plan.dispatches).toHaveLength(1);
        }),
        { numRuns: 25 },
      );
    },
  );
  test.each([[[5]], [[2, 3]], [[2, 1, 3]]])('in parts, of %o rows, with a bias', async (rows) => {
    const b = new GraphBuilder('linear');
    b.input('x', [...rows, 150]);
    b.constant('w', randomTensor('w', [7, 150]));
    b.constant('bias', randomTensor('bias', [7]));
    b.node('linear', 'y', ['x', 'w', 'bias']);
    const graph = b.finish([{ name: 'y', value: 'y' }]);
    const lowering = { kernel: 'linear-gemm 16x64k2' };
    const plan = await expectRight(graph, 4 + Math.sqrt(150), { lowering });
    expect(plan.dispatches.map(({ label }) => label)).toEqual(['16x64-parts', 'sums']);
  });
});

test('inputs and constants as outputs, under one name or several, are copied', async () => {
  const b = new GraphBuilder('copies');
  b.input('x', [2, 3]);
  b.constant('k', randomTensor('k', [5]));
  b.node('reshape', 'flat', ['x'], { shape: [-1] });
  b.node('identity', 'same', ['k']);
  const values = ['x', 'k', 'flat', 'same', 'x'];
  const plan = await expectRight(b.finish(values.map((value, i) => ({ name: `y${i}`, value }))), 0);
  expect(plan.dispatches.map(({ kernel }) => kernel)).toEqual(values.map(() => 'copy'));
});

test('computed and reshaped weights work, by kernels that read them as they stand', async () => {
  const b = new GraphBuilder('computed');
  b.input('x', [1, 2, 5, 5]);
  b.constant('flat', randomTensor('flat', [72]));
  b.node('reshape', 'w', ['flat'], { shape: [4, 2, 3, 3] });
  b.input('w2', [4, 4, 1, 1]);
  b.constant('m', randomTensor('m', [6, 10]));
  b.node('reshape', 'm2', ['m'], { shape: [5, 12] });
  b.node('conv2d', 'c', ['x', 'w'], { strides: [2, 2] });
  b.node('conv2d', 'd', ['c', 'w2']);
  b.node('reshape', 'rows', ['d'], { shape: [1, -1] });
  b.node('concat', 'longer', ['rows', 'rows', 'rows'], { axis: 0 });
  b.node('reshape', 'again', ['longer'], { shape: [-1, 12] });
  b.node('linear', 'y', ['again', 'm2']);
  await expectRight(b.finish([{ name: 'y', value: 'y' }]), 30);
});
