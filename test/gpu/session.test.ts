import { expect, test } from 'vitest';
import { evaluate, Lazy, parse, tensor, type Graph, type Tensor } from '../../ir/index.ts';
import { openDevice, openSession } from '../../src/runtime/index.ts';
import { expectClose } from '../support/close.ts';
import { randomInputs, randomTensor, randomWeights } from '../support/random-weights.ts';

const network: Graph = parse(
  `graph network(%x: f32[N,3,H,W]) {
    const %w : f32[8,3,3,3]
    const %b : f32[8]
    const %head : f32[5,8]
    %c = conv2d %x, %w, %b {pads=[1,1,1,1], act="relu"}
    %p = globalAveragePool %c
    %f = flatten %p
    %l = linear %f, %head
    return features=%c, logits=%l
  }`,
  randomWeights('session'),
);

test('sessions of several sizes give what the evaluator gives, on the same weights', async () => {
  const one = await openSession(network, { dims: { N: 1, H: 6, W: 7 } });
  const { device } = one;
  const [weights, bytes] = [device.weights.count, device.memory.bytes];
  const three = await openSession(network, { dims: { N: 3, H: 9, W: 5 } });
  expect(three.device).toBe(device);
  expect(device.weights.count).toBe(weights);
  expect(device.memory.bytes).toBeGreaterThan(bytes);

  const small = randomInputs(network, { N: 1, H: 6, W: 7 });
  const large = randomInputs(network, { N: 3, H: 9, W: 5 });
  const [a, b] = await Promise.all([one.run(small), three.run(large)]);
  expectClose(a, evaluate(network, small), 1e-5);
  expectClose(b, evaluate(network, large), 1e-5);

  one.close();
  expect(device.weights.count).toBe(weights);
  expectClose(await three.run(large), evaluate(network, large), 1e-5);
  three.close();
  expect(device.weights.count).toBe(0);
  expect(device.memory.buffers).toBe(0);
  expect(device.health.failure).toMatchObject({ code: 'closed' });
});

test('the same sizes again compile nothing', async () => {
  using device = await openDevice();
  const dims = { N: 1, H: 6, W: 7 };
  using first = await openSession(network, { dims, device });
  const compiled = device.pipelines.count;
  using second = await openSession(network, { dims, device });
  expect(device.pipelines.count).toBe(compiled);
  const inputs = randomInputs(network, dims);
  expect(await second.run(inputs)).toEqual(await first.run(inputs));
});

test('a lazy weight is evaluated on its way to the device, once for all sessions', async () => {
  let rows = 0;
  const lazy = new Lazy([2, 3], (index, out) => {
    rows++;
    out.set([index, index + 1, index + 2]);
  });
  const graph = parse(
    `graph lazy(%x: f32[N,3]) {
      const %w : f32[2,3]
      %y = linear %x, %w
      return %y
    }`,
    () => lazy,
  );
  using device = await openDevice();
  using one = await openSession(graph, { dims: { N: 1 }, device });
  using two = await openSession(graph, { dims: { N: 2 }, device });
  expect(rows).toBe(2);
  expect([...(await one.run({ x: tensor([1, 3], [1, 1, 1]) }))['y']!.data]).toEqual([3, 6]);
  const { y } = await two.run({ x: tensor([2, 3], [1, 0, 0, 0, 1, 0]) });
  expect([...y!.data]).toEqual([0, 1, 1, 2]);
});

test('sizes left open, and inputs of another size, are refused with the remedy', async () => {
  await expect(openSession(network)).rejects.toMatchObject({ code: 'dimension', subject: 'N' });
  await expect(openSession(network, { dims: { N: 1, K: 1 } })).rejects.toMatchObject({
    code: 'dimension',
    subject: 'K',
  });
  using session = await openSession(network, { dims: { N: 1, H: 4, W: 4 } });
  const x: Tensor = randomTensor('x', [2, 3, 4, 4]);
  await expect(session.run({ x })).rejects.toMatchObject({
    code: 'input',
    message:
      'the input "x" is [2,3,4,4], not [1,3,4,4]; the session was opened for N = 1, H = 4, W = 4',
  });
});

test('an activation larger than the device can bind names the node', async () => {
  const graph = parse(`graph wide(%x: f32[N]) {
    %y = relu %x
    return %y
  }`);
  using device = await openDevice();
  const N = device.profile.limits.maxStorageBufferBindingSize / 4 + 1;
  await expect(openSession(graph, { dims: { N }, device })).rejects.toMatchObject({
    code: 'limit',
  });
  expect(device.memory.buffers).toBe(0);
});

test('sessions measure in turn', async () => {
  using session = await openSession(network, { dims: { N: 1, H: 32, W: 32 } });
  using other = await openSession(network, { dims: { N: 2, H: 32, W: 32 } });
  for (let round = 0; round < 3; round++) {
    expect(await session.measure()).toBeGreaterThan(0);
    expect(await other.measure()).toBeGreaterThan(0);
  }
});

test('a device that is closed while a run sleeps fails the run, and nothing else', async () => {
  const slow: Graph = parse(
    `graph slow(%x: f32[1,64,64,64]) {
      const %w : f32[64,64,5,5]
      %y = conv2d %x, %w {pads=[2,2,2,2]}
      return %y
    }`,
    randomWeights(),
  );
  using own = await openDevice();
  const session = await openSession(slow, { device: own });
  const inputs = randomInputs(slow);
  let fastest = Infinity;
  for (let i = 0; i < 6; i++) {
    const begin = performance.now();
    await session.run(inputs);
    fastest = Math.min(fastest, performance.now() - begin);
  }
  const run = session.run(inputs);
  run.catch(() => {}); // Awaited below.
  await new Promise((wake) => setTimeout(wake, fastest / 4));
  own.close();
  await expect(run).rejects.toMatchObject({ code: 'closed' });
  // A rejection that nobody handles comes a little later, and fails the tests.
  await new Promise((wake) => setTimeout(wake, 50));
});
