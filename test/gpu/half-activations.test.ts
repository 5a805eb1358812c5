/** Values between layers in float16, on whole networks. Single kernels are checked by test/kernels. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countCreations } from '../../bench/steady-state.ts';
import { evaluate, GraphBuilder, Tensor } from '../../ir/index.ts';
import { compare, compile, graphStats, loadStateDict, zoo } from '../../src/index.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { fashionImages, trainedNames, trainedWeights } from '../fixtures/fashion.ts';
import { sweep } from '../kernels/sweep.ts';

let device: Device;
let has: boolean;
beforeAll(async () => {
  device = await openDevice();
  has = device.profile.features.includes('shader-f16');
});
afterAll(() => device.close());

test('every kernel in a family of graphs by a candidate', async () => {
  if (!has) return console.log('no kernel was run in float16: the device has none');
  const options = { seed: 2, cases: 2, familiesOfKernel: 1, precision: 'f16' } as const;
  const { record, counterexample } = await sweep(device, options);
  expect(counterexample).toBeNull();
  expect(record.unmetKernels()).toEqual([]);
});

const IMAGES = 100;

/** By kernels for both classes of devices, which a software adapter takes long to compile: so once. */
const runs = [
  ...trainedNames.map((name) => [name, true] as const),
  ['repvgg-article', false] as const,
];

test.each(runs)('%s, trained, on software: %s, answers as in float32', async (name, software) => {
  const { graph } = compile(loadStateDict(zoo[name](), trainedWeights(name)));
  const inputs = { x: fashionImages(IMAGES) };
  // Of each layer, weights and outputs are off by a unit of 2^-10; as if none of it were ever less, or grew.
  const most = 2 * 2 ** -10 * (graphStats(graph).convs + 2);
  const own = { ...device, profile: { ...device.profile, software } };
  const opening = { device: own, dims: { N: IMAGES } };
  using whole = await openSession(graph, opening);
  using half = await openSession(graph, { ...opening, precision: 'f16', arithmetic: 'f16' });
  const { relativeError, outputScale, outputs } = await compare(whole, half, inputs);
  expect(relativeError).toBeLessThan(most);
  expect(relativeError > 0).toBe(has);
  const { expected, actual } = outputs['logits']!;
  const logitsOf = ({ data }: Tensor, i: number) => [...data.subarray(10 * i, 10 * i + 10)];
  const isClear = (i: number) => {
    const [best, second] = logitsOf(expected, i).toSorted((a, b) => b - a);
    return best! - second! > 2 * most * outputScale;
  };
  const clear = Array.from({ length: IMAGES }, (_, i) => i).filter(isClear);
  const answers = (logits: Tensor) =>
    clear.map((i) => logitsOf(logits, i).indexOf(Math.max(...logitsOf(logits, i))));
  expect(clear.length).toBeGreaterThan(IMAGES / 2);
  expect(answers(actual)).toEqual(answers(expected));
});

test('after the first run nothing is made on the device', async () => {
  const { graph } = compile(zoo.mobileone());
  using session = await openSession(graph, { device, dims: { N: 1 }, precision: 'f16' });
  const inputs = { x: fashionImages(1) };
  const first = await session.run(inputs);
  const counting = countCreations(device);
  for (let i = 0; i < 10; i++) expect(await session.run(inputs)).toEqual(first);
  counting.stop();
  expect(counting.created).toEqual({});
});

/** Odd sizes, so that values end within a word; one that is too large, and one an output. */
function small() {
  const b = new GraphBuilder('small');
  b.input('x', [1, 3, 5, 7]);
  b.constant('factor', new Tensor([1], Float32Array.of(60_000)));
  b.constant('small', new Tensor([1], Float32Array.of(2 ** -14)));
  b.node('mul', 'large', ['x', 'factor']);
  b.node('relu', 'positive', ['large']);
  b.node('mul', 'y', ['positive', 'small']);
  b.node('sum', 'z', ['x', 'y', 'y']);
  return b.finish([
    { name: 'positive', value: 'positive' },
    { name: 'z', value: 'z' },
  ]);
}

test('what float16 does not hold is stored as the greatest that it holds', async () => {
  const graph = small();
  const x = new Tensor(
    [1, 3, 5, 7],
    Float32Array.from({ length: 105 }, (_, i) => (i - 52) / 32),
  );
  using session = await openSession(graph, { device, activations: 'f16' });
  const { positive, z } = await session.run({ x });
  const wanted = evaluate(graph, { x });
  x.data.forEach((value, i) => {
    const large = has ? Math.min(60_000 * value, 65504) : 60_000 * value;
    // "large" and "y" are stored in float16: one of two neighbours, or nothing below the normal range.
    const off = (size: number) => 2 ** -10 * Math.abs(size) + 2 ** -14;
    expect(Math.abs(positive!.data[i]! - Math.max(large, 0))).toBeLessThanOrEqual(off(large));
    const y = Math.max(large, 0) * 2 ** -14;
    expect(Math.abs(z!.data[i]! - (value + 2 * y))).toBeLessThanOrEqual(6 * off(y) + 2 ** -20);
  });
  expect(Math.max(...wanted['positive']!.data)).toBeGreaterThan(65504);
});

test('without the feature a session is as in float32', async () => {
  const { graph } = compile(zoo.mobileone());
  const without = { ...device, profile: { ...device.profile, features: [] } };
  const opening = { device: without, dims: { N: 1 } };
  using whole = await openSession(graph, opening);
  using half = await openSession(graph, { ...opening, precision: 'f16', arithmetic: 'f16' });
  expect(half.plan).toEqual(whole.plan);
});
