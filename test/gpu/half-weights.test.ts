/** Weights stored in float16: sums are those of the rounded weights, in float32. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, GraphBuilder, Tensor, type Graph } from '../../ir/index.ts';
import { lower } from '../../codegen/index.ts';
import { compare } from '../../src/compare.ts';
import { narrowToHalf, widenHalf } from '../../src/formats/half.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { expectWithin, magnitudes, unit } from '../support/magnitude.ts';
import { randomInputs, randomTensor } from '../support/random-weights.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

interface Layer {
  readonly channels: number;
  readonly outputs: number;
  readonly group?: number;
}

function conv({ channels, outputs, group = 1 }: Layer): Graph {
  const b = new GraphBuilder('conv');
  b.input('x', [2, channels, 7, 6]);
  b.constant('w', randomTensor('w', [outputs, channels / group, 3, 3]));
  b.constant('bias', randomTensor('bias', [outputs]));
  b.node('conv2d', 'y', ['x', 'w', 'bias'], { pads: [1, 1, 1, 1], group });
  return b.finish([{ name: 'y', value: 'y' }]);
}

function linear(rows: number, depth: number, outputs: number): Graph {
  const b = new GraphBuilder('linear');
  b.input('x', [rows, depth]);
  b.constant('w', randomTensor('w', [outputs, depth]));
  b.node('linear', 'y', ['x', 'w']);
  return b.finish([{ name: 'y', value: 'y' }]);
}

const withWeights = (graph: Graph, change: (w: Float32Array) => Float32Array): Graph => {
  const { shape, data } = graph.consts['w'] as Tensor;
  return {
    ...graph,
    consts: { ...graph.consts, w: new Tensor(shape, change(data as Float32Array)) },
  };
};

const rounded = (graph: Graph) => withWeights(graph, (w) => widenHalf(narrowToHalf(w)));

test.each<[string, Graph]>([
  ['conv-gemm 32x32', conv({ channels: 5, outputs: 9 })],
  ['conv-gemm 64x32k2', conv({ channels: 30, outputs: 9 })],
  // An odd number of weights, and each alone.
  ['conv-unrolled m1x4', conv({ channels: 3, outputs: 3, group: 3 })],
  ['conv-unrolled m4x4', conv({ channels: 5, outputs: 9 })],
  ['conv-direct', conv({ channels: 3, outputs: 6, group: 3 })],
  ['linear-gemm 64x16', linear(5, 40, 11)],
  ['linear-reduce m4y4', linear(5, 100, 11)],
  ['linear-direct', linear(2, 9, 11)],
])('%s', async (kernel, graph) => {
  const has = device.profile.features.includes('shader-f16');
  using session = await openSession(graph, { device, weights: 'f16', lowering: { kernel } });
  expect(session.plan.weights.map(({ source, type }) => `${source} ${type}`)).toEqual(
    graph.consts['bias'] ? [`w ${has ? 'f16' : 'f32'}`, 'bias f32'] : [`w ${has ? 'f16' : 'f32'}`],
  );
  const inputs = randomInputs(graph);
  const same = has ? rounded(graph) : graph;
  const terms = (graph.consts['w'] as Tensor).data.length;
  const actual = await session.run(inputs);
  expectWithin(actual, evaluate(same, inputs), magnitudes(same, inputs), 4 + Math.sqrt(terms));
});

test('sessions of both kinds share nothing but the graph, and `compare` tells how far they are apart', async () => {
  const graph = conv({ channels: 30, outputs: 20 });
  const lowering = { kernel: 'conv-gemm 32x32' };
  const before = device.weights.count;
  using whole = await openSession(graph, { device, lowering });
  using half = await openSession(graph, { device, lowering, weights: 'f16' });
  const has = device.profile.features.includes('shader-f16');
  expect(device.weights.count - before).toBe(has ? 3 : 2);
  const inputs = randomInputs(graph);
  const { maxAbsError } = await compare(whole, half, inputs);
  const most = Math.max(...magnitudes(graph, inputs)['y']!.data);
  // Half a unit of 11 bits for each weight, and what both round in float32.
  const units = 2 * (4 + Math.sqrt(30 * 9));
  expect(maxAbsError).toBeLessThanOrEqual((2 ** -11 + unit * units) * most);
  expect(maxAbsError > unit * units * most).toBe(has);
});

test('a weight that float16 does not hold is refused by name', async () => {
  const graph = withWeights(linear(1, 8, 4), (w) => w.with(7, -65505));
  const opened = openSession(graph, {
    device,
    weights: 'f16',
    lowering: { kernel: 'linear-direct' },
  });
  // Where there is no float16 there is nothing to refuse.
  if (!device.profile.features.includes('shader-f16')) return (await opened).close();
  await expect(opened).rejects.toThrow(
    'the weight "w" has the value -65505, and the greatest in float16 is 65504; open the session without weights',
  );
});

test('without the feature, and where the kernel takes whole ones alone, they stay as they are', () => {
  const typeOf = (features: readonly string[], kernel: string) =>
    lower(linear(2, 9, 8), { ...device.profile, features }, { weights: 'f16', kernel }).weights[0]!
      .type;
  expect(typeOf(['shader-f16'], 'linear-reduce')).toBe('f16');
  expect(typeOf([], 'linear-reduce')).toBe('f32');
  expect(typeOf(['shader-f16'], 'linear-tiled')).toBe('f32');
});
