import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countCreations, measureSteadyState } from '../../bench/steady-state.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { startPlan } from '../../src/runtime/session.ts';
import { expectedZ, scaleConstants, scalePlan } from './hand-made.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const open = (size: number) => startPlan(scalePlan(size), scaleConstants, { device });

test('after the first run nothing is made on the device, and the heap stays as it is', async () => {
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  const { runs, created, heapGrowth } = await measureSteadyState(device);
  expect(runs).toBe(1000);
  expect(created).toEqual({});
  expect(heapGrowth).toBeLessThan(2 ** 20);
});

test('what is made is counted', async () => {
  const counting = countCreations(device);
  (await open(1)).close();
  counting.stop();
  (await open(1)).close();
  expect(counting.created).toMatchObject({ createBuffer: 6, createBindGroup: 2 });
});

test('1,000 runs that overlap give the right results, with inputs that change meanwhile', async () => {
  using session = await open(16);
  const x = new Float32Array(16);
  const runs = Array.from({ length: 1000 }, (_, i) => session.run({ x: x.fill(i) }));
  x.fill(NaN);
  const results = await Promise.all(runs);
  results.forEach(({ z }, i) => expect([...z!.data]).toEqual(Array(16).fill(expectedZ([i])[0])));
});

test('two runs are submitted before the first is read, a third waits', async () => {
  using session = await open(4);
  const x = new Float32Array(4).fill(1);
  await session.run({ x });
  const { queue } = device.gpu;
  let submissions = 0;
  const submit = queue.submit.bind(queue);
  queue.submit = (commands) => {
    submissions++;
    submit(commands);
  };
  try {
    const runs = [session.run({ x }), session.run({ x }), session.run({ x })];
    await Promise.resolve();
    expect(submissions).toBe(2);
    await Promise.all(runs);
    expect(submissions).toBe(3);
  } finally {
    Reflect.deleteProperty(queue, 'submit');
  }
});
