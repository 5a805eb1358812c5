import { afterAll, beforeAll, expect, test } from 'vitest';
import { tensor, Tensor } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { startPlan } from '../../src/runtime/session.ts';
import { expectedY, expectedZ, scaleConstants, scalePlan } from './hand-made.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const open = (size: number, constants = scaleConstants) =>
  startPlan(scalePlan(size), constants, { device });
const f32 = (...values: number[]) => Float32Array.from(values);

test('a session runs again and again, on tensors and on plain data', async () => {
  using session = await open(3);
  const first = await session.run({ x: f32(1, 2, 3) });
  expect(first['y']).toEqual(tensor([3], expectedY([1, 2, 3])));
  expect(first['z']).toEqual(tensor([3], expectedZ([1, 2, 3])));
  const second = await session.run({ x: tensor([3], [-1, 0, 0.5]) });
  expect([...second['z']!.data]).toEqual(expectedZ([-1, 0, 0.5]));
  expect([...first['z']!.data]).toEqual(expectedZ([1, 2, 3]));
});

test('sessions of all sizes share weights and pipelines; the last one frees the weights', async () => {
  const pipelines = device.pipelines.count;
  const [small, large] = await Promise.all([open(3), open(300)]);
  const third = await open(3);
  expect(device.weights.count).toBe(1);
  expect(device.pipelines.count - pipelines).toBeLessThanOrEqual(1);
  small.close();
  third.close();
  expect(device.weights.count).toBe(1);
  const x = Float32Array.from({ length: 300 }, (_, i) => i);
  expect([...(await large.run({ x }))['z']!.data]).toEqual(expectedZ([...x]));
  large.close();
  expect(device.weights.count).toBe(0);
});

test('another constant is another weight, even under the same name', async () => {
  using twice = await open(1);
  using thrice = await open(1, { factor: tensor([1], [3]) });
  expect(device.weights.count).toBe(2);
  expect((await twice.run({ x: f32(1) }))['y']!.data[0]).toBe(3);
  expect((await thrice.run({ x: f32(1) }))['y']!.data[0]).toBe(4);
});

test('runs that overlap are right, whatever becomes of their inputs meanwhile', async () => {
  using session = await open(100);
  const x = new Float32Array(100);
  const runs = Array.from({ length: 20 }, (_, i) => {
    x.fill(i);
    return session.run({ x });
  });
  x.fill(NaN);
  const results = await Promise.all(runs);
  results.forEach(({ z }, i) => expect(new Set(z!.data)).toEqual(new Set(expectedZ([i]))));
});

test('a run that fails does not disturb the others', async () => {
  using session = await open(1);
  const runs = [
    session.run({ x: f32(1) }),
    session.run({ x: f32(1, 2) }),
    session.run({ x: f32(3) }),
  ];
  const [first, second, third] = await Promise.allSettled(runs);
  expect(first).toMatchObject({ value: { y: tensor([1], [3]) } });
  expect(second).toMatchObject({ reason: { code: 'input' } });
  expect(third).toMatchObject({ value: { y: tensor([1], [7]) } });
});

test('inputs that do not fit are refused by name', async () => {
  using session = await startPlan(scalePlan(2), scaleConstants, {
    device,
    sizes: '; the session was opened for N = 2',
  });
  const refused = (inputs: object, message: string, subject = 'x') =>
    expect(session.run(inputs as Record<string, Tensor>)).rejects.toMatchObject({
      name: 'ReparamError',
      code: 'input',
      subject,
      message,
    });
  await refused({}, 'the input "x" is missing; it takes "x" [2]');
  await refused(undefined as never, 'the input "x" is missing; it takes "x" [2]');
  await refused({ x: f32(1, 2), a: f32(1) }, 'there is no input "a"; it takes "x" [2]', 'a');
  await refused(
    { x: f32(1, 2, 3) },
    'the input "x" has 3 elements, not the 2 of [2]; the session was opened for N = 2',
  );
  await refused(
    { x: tensor([2, 1], [1, 2]) },
    'the input "x" is [2,1], not [2]; the session was opened for N = 2',
  );
  await refused({ x: [1, 2] }, 'the input "x" is neither a Tensor nor a Float32Array');
  await refused(
    { x: new Tensor([2], new Float64Array(2)) },
    'the input "x" is float64, and the device computes in float32; ' +
      'pass new Tensor(shape, Float32Array.from(data))',
  );
});

test('a closed session says so, and closing again does nothing', async () => {
  const session = await open(1);
  session.close();
  session.close();
  const closed = { code: 'closed', message: 'the session of "scale" was closed' };
  await expect(session.run({ x: f32(1) })).rejects.toMatchObject(closed);
  await expect(session.measure()).rejects.toMatchObject(closed);
});

test('closing during runs settles them all', async () => {
  const session = await open(1);
  const runs = [1, 2, 3].map((x) => session.run({ x: f32(x) }));
  const measuring = session.measure();
  session.close();
  const [first, second, ...others] = await Promise.allSettled([...runs, measuring]);
  expect(first).toMatchObject({ value: { y: tensor([1], [3]) } });
  expect(second).toMatchObject({ value: { y: tensor([1], [5]) } });
  expect(others).toHaveLength(2);
  for (const one of others) expect(one).toMatchObject({ reason: { code: 'closed' } });
});

test('measuring gives milliseconds and leaves runs right', async () => {
  using session = await open(64);
  const x = new Float32Array(64).fill(1);
  const [time, { y }, again] = await Promise.all([
    session.measure(),
    session.run({ x }),
    session.measure({ x }),
  ]);
  expect(time).toBeGreaterThan(0);
  expect(again).toBeLessThan(60_000);
  expect(y!.data[63]).toBe(3);
});

test('closing the device closes what is open on it', async () => {
  const own = await openDevice();
  const session = await startPlan(scalePlan(1), scaleConstants, { device: own });
  const underWay = session.run({ x: f32(1) });
  own.close();
  own.close();
  await expect(underWay).rejects.toMatchObject({ code: 'closed' });
  await expect(session.run({ x: f32(1) })).rejects.toMatchObject({
    code: 'closed',
    message: 'the device was closed',
  });
  session.close();
  await expect(startPlan(scalePlan(1), scaleConstants, { device: own })).rejects.toMatchObject({
    code: 'closed',
  });
  expect(own.memory.buffers).toBe(0);
});

test('after all that, nothing is left on the device', () => {
  expect(device.memory.buffers).toBe(0);
  expect(device.memory.bytes).toBe(0);
  expect(device.weights.count).toBe(0);
});
