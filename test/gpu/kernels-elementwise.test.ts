import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activationNames, activations, evaluate, GraphBuilder, tensor } from '../../ir/index.ts';
import type { ActivationName, Fused, Graph, StaticShape, Tensor } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { expectWithin, magnitudes, unit } from '../support/magnitude.ts';
import { randomInputs, randomNumbers, randomTensor } from '../support/random-weights.ts';
import { runGraph, type RunOptions } from '../support/run-graph.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

/** Runs a graph of sums and products, and allows `units` roundings of the sum of absolute terms. */
async function expectRight(graph: Graph, units: number, options?: RunOptions) {
  const inputs = randomInputs(graph);
  const { outputs, plan } = await runGraph(device, graph, inputs, options);
  expectWithin(outputs, evaluate(graph, inputs), magnitudes(graph, inputs), units);
  return plan;
}

describe('activations', () => {
  const next = randomNumbers('activations');
  const extremes = [0, -0, 80, 81, 87, 88.5, 89, 100, 1e4, 1e10, 1e30].flatMap((v) => [v, -v]);
  const spread = Array.from({ length: 3000 }, (_, i) => (next() * 2 - 1) * [1, 3, 8, 30][i % 4]!);
  const x = tensor([extremes.length + spread.length], [...extremes, ...spread]);

  const parameters: Partial<Record<ActivationName, readonly (readonly number[])[]>> = {
    clip: [
      [0, 6],
      [-1.5, Infinity],
      [-Infinity, 0.3],
      [-Infinity, Infinity],
    ],
    leakyRelu: [[0.01], [-0.5]],
    hardSigmoid: [
      [0.2, 0.5],
      [1 / 6, 0.5],
    ],
    gelu: [[0], [1]],
  };
  const all = activationNames.flatMap((act): Fused[] =>
    (parameters[act] ?? [[]]).map((actParams) => ({ act, actParams })),
  );

  test('have a case for each', () => {
    expect(new Set(all.map(({ act }) => act))).toEqual(new Set(Object.keys(activations)));
  });

  test.each(all)('$act $actParams, as an operator and fused', async ({ act, actParams }) => {
    const names = Object.keys(activations[act as ActivationName].params);
    const attrs = Object.fromEntries(names.map((name, i) => [name, actParams[i]!]));
    const b = new GraphBuilder('activation');
    b.input('x', x.shape);
    b.node(act as ActivationName, 'alone', ['x'], attrs);
    b.node('sum', 'fused', ['x'], { act, actParams });
    const graph = b.finish(['alone', 'fused'].map((value) => ({ name: value, value })));
    const { outputs } = await runGraph(device, graph, { x });
    const expected = evaluate(graph, { x });
    for (const name of ['alone', 'fused']) {
      let worst = { off: 0, at: 0 };
      expected[name]!.data.forEach((wanted, i) => {
        // Relative, and absolute below 1: erf and exp of small results are only good absolutely.
        const allowed = 8 * unit * Math.max(Math.abs(wanted), Math.min(Math.abs(x.data[i]!), 1));
        const off = Math.abs(outputs[name]!.data[i]! - wanted) / (allowed + 2 ** -126);
        if (!(off <= worst.off)) worst = { off, at: i };
      });
      const { at } = worst;
      const what = `${name}: f(${x.data[at]}) is ${outputs[name]!.data[at]}, not ${expected[name]!.data[at]}`;
      expect(worst.off <= 1 ? 'close' : what).toBe('close');
    }
  });
});

describe('add and mul', () => {
  /** Two shapes that broadcast: each keeps or drops leading axes and has 1 instead of some sizes. */
  const shapes = fc
    .record({
      output: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }),
      ones: fc.tuple(fc.nat({ max: 31 }), fc.nat({ max: 31 })),
      dropped: fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })),
    })
    .map(({ output, ones, dropped }): [StaticShape, StaticShape] => {
      const one = (k: 0 | 1) =>
        output.map((size, i) => ((ones[k] >> i) & 1 ? 1 : size)).slice(dropped[k]);
      return [one(0), one(1)];
    });

  test.each(['add', 'mul'] as const)('%s broadcasts in every way', async (op) => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat({ max: 2 }), async ([left, right], constant) => {
        const b = new GraphBuilder('broadcast');
        if (constant === 1) b.constant('a', randomTensor('a', left));
        else b.input('a', left);
        if (constant === 2) b.constant('b', randomTensor('b', right));
        else b.input('b', right);
        b.node(op, 'y', ['a', 'b']);
        await expectRight(b.finish([{ name: 'y', value: 'y' }]), 1);
      }),
      { numRuns: 60 },
    );
  });

  test('a value for each channel takes three axes, equal shapes one', async () => {
    const b = new GraphBuilder('axes');
    b.input('x', [2, 3, 4, 5]);
    b.constant('k', randomTensor('k', [3, 1, 1]));
    b.node('mul', 'm', ['x', 'k']);
    b.node('add', 'a', ['m', 'm']);
    const plan = await expectRight(b.finish([{ name: 'a', value: 'a' }]), 2);
    const sizes = plan.dispatches.map(({ bindings }) =>
      bindings.flatMap((binding) =>
        binding.kind === 'uniform'
          ? binding.words.filter(({ name }) => name.startsWith('size')).map(({ value }) => value)
          : [],
      ),
    );
    expect(sizes).toEqual([[20, 3, 2], [120]]);
    // The same value twice is bound once.
    expect(plan.dispatches[1]!.bindings.map(({ kind }) => kind)).toEqual([
      'read',
      'write',
      'uniform',
    ]);
  });
});

describe('sum', () => {
  test('of any number of operands, in parts where they cannot all be bound', async () => {
    const operands = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(operands, fc.integer({ min: 3, max: 9 }), async (chosen, bindings) => {
        const b = new GraphBuilder('sum');
        for (const i of new Set(chosen)) {
          if (i % 3 === 2) b.constant(`v${i}`, randomTensor(`v${i}`, [2, 7]));
          else b.input(`v${i}`, [2, 7]);
        }
        b.node(
          'sum',
          'y',
          chosen.map((i) => `v${i}`),
          { act: 'relu' },
        );
        const limits = { maxStorageBuffersPerShaderStage: bindings };
        const graph = b.finish([{ name: 'y', value: 'y' }]);
        const plan = await expectRight(graph, chosen.length, { limits });
        for (const dispatch of plan.dispatches) {
          expect(dispatch.bindings.length - 1).toBeLessThanOrEqual(bindings);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('batchNorm', () => {
  test('of any rank', async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(shapes, fc.constantFrom(1e-5, 0.1, 0), async (shape, epsilon) => {
        const b = new GraphBuilder('norm');
        b.input('x', shape);
        const names = ['scale', 'bias', 'mean', 'variance'];
        for (const id of names) {
          b.constant(id, randomTensor(id, [shape[1]!], { positive: id === 'variance' }));
        }
        b.node('batchNorm', 'y', ['x', ...names], { epsilon });
        const graph = b.finish([{ name: 'y', value: 'y' }]);
        const inputs = randomInputs(graph);
        const { outputs } = await runGraph(device, graph, inputs);
        // (x - mean) s + bias: the terms add up where the mean has the other sign.
        const apart: Record<string, Tensor> = {
          mean: tensor(
            [shape[1]!],
            [...randomTensor('mean', [shape[1]!]).data].map((m) => -Math.abs(m)),
          ),
        };
        const flipped = { ...graph, consts: { ...graph.consts, ...apart } };
        const absolute = magnitudesKeeping(flipped, inputs, apart);
        expectWithin(outputs, evaluate(graph, inputs), absolute, 6);
      }),
      { numRuns: 30 },
    );
  });
});

/** The magnitudes, but with some constants as they are. */
function magnitudesKeeping(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  kept: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const absolute = (t: Tensor) => tensor(t.shape, t.data.map(Math.abs));
  const consts = Object.fromEntries(
    Object.entries(graph.consts).map(([id, c]) => [id, kept[id] ?? absolute(c as Tensor)]),
  );
  const positive = Object.entries(inputs).map(([id, t]) => [id, absolute(t)] as const);
  return evaluate({ ...graph, consts }, Object.fromEntries(positive));
}

test('more workgroups than a dimension may have go into further dimensions', async () => {
  const b = new GraphBuilder('spread');
  b.input('x', [1, 1, 30, 50]);
  b.node('relu', 'r', ['x']);
  b.node('maxPool', 'p', ['r'], { kernel_shape: [1, 1] });
  b.constant('w', randomTensor('w', [5, 1, 3, 3]));
  b.node('conv2d', 'c', ['p', 'w'], { pads: [1, 1, 1, 1] });
  const limits = { maxComputeWorkgroupsPerDimension: 3 };
  const lowering = { kernel: 'conv-tiled m4y2x4' };
  const plan = await expectRight(b.finish([{ name: 'c', value: 'c' }]), 7, { limits, lowering });
  expect(plan.dispatches[1]!.workgroups).toEqual([3, 3, 3]);
  for (const { workgroups } of plan.dispatches) {
    expect(Math.max(...workgroups)).toBeLessThanOrEqual(3);
  }
});
