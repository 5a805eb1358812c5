import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../codegen/index.ts';
import { makeClock, type Clock, type Timed } from '../../src/runtime/clock.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { repeatShort } from '../../src/runtime/repeat.ts';
import { startPlan } from '../../src/runtime/session.ts';
import { expectedZ, scaleConstants, scalePlan } from './hand-made.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const open = (plan: Plan) => startPlan(plan, scaleConstants, { device });
const x = Float32Array.of(1, 2, 3);

/** The two dispatches of `scalePlan`, again and again. */
function longPlan(length: number): Plan {
  const plan = scalePlan(3);
  const dispatches = Array.from({ length }, (_, i) => plan.dispatches[i % 2]!);
  return { ...plan, dispatches };
}

for (const clock of ['timestamp-query', 'wall'] as const) {
  test(`${clock}: every dispatch has its time, and later runs are right`, async () => {
    using session = await open(scalePlan(3));
    const buffers = device.memory.buffers;
    const profile = await session.profile({ x }, { rounds: 3, clock });
    expect(profile).toMatchObject({
      clock,
      rounds: 3,
      roofline: null,
      dispatches: [
        {
          node: 'stem',
          covers: ['stem'],
          kernel: 'scale',
          label: 'x64',
          selection: { candidates: 3, by: 'estimate' },
          conversions: 0,
          workgroups: [1, 1, 1],
        },
        { node: 'head', covers: ['head'] },
      ],
    });
    expectTimes(profile.dispatches);
    expect(device.memory.buffers).toBe(buffers);
    expect([...(await session.run({ x }))['z']!.data]).toEqual(expectedZ([...x]));
  });

  test(`${clock}: what the device can do at most`, async () => {
    using session = await open(scalePlan(3));
    const buffers = device.memory.buffers;
    const options = { rounds: 1, clock, roofline: true };
    const { roofline, dispatches } = await session.profile(null, options);
    expect(dispatches).toHaveLength(2);
    expectTimes(dispatches);
    // Far from what any device does: units would be wrong.
    for (const most of [roofline!.flops, roofline!.bytes]) {
      expect(most).toBeGreaterThan(1e6);
      expect(most).toBeLessThan(1e16);
    }
    expect(device.memory.buffers).toBe(buffers);
  });

  test(`${clock}: a device that is lost meanwhile is an error`, async () => {
    const own = await openDevice();
    const session = await startPlan(scalePlan(3), scaleConstants, { device: own });
    const profiling = session.profile(null, { rounds: 1000, clock });
    own.gpu.destroy();
    await expect(profiling).rejects.toMatchObject({ code: 'device-lost' });
    session.close();
    expect(own.memory.buffers).toBe(0);
    own.close();
  });
}

function expectTimes(
  dispatches: readonly { us: { min: number; p25: number; median: number }; times: number }[],
): void {
  for (const { us, times } of dispatches) {
    expect(us.min).toBeGreaterThan(0);
    expect(us.p25).toBeGreaterThanOrEqual(us.min);
    expect(us.median).toBeGreaterThanOrEqual(us.p25);
    expect(us.median).toBeLessThan(60e6);
    expect(times).toBeGreaterThanOrEqual(1);
  }
}

test('by default it uses timestamps where there are any', async () => {
  using session = await open(scalePlan(3));
  const { clock, rounds } = await session.profile();
  expect(clock).toBe(device.gpu.features.has('timestamp-query') ? 'timestamp-query' : 'wall');
  expect(rounds).toBe(10);
});

test('without timestamps there is the wall clock', () => {
  const bare = { ...device, gpu: { features: new Set() } } as unknown as Device;
  expect(makeClock(bare, { most: 1, name: 'net' }).kind).toBe('wall');
  expect(() => makeClock(bare, { most: 1, name: 'net', kind: 'timestamp-query' })).toThrow(
    'the device has no timestamps (timestamp-query); take the wall clock',
  );
});

test('in Node, timestamps are fine enough for single dispatches', async () => {
  using session = await open(scalePlan(3));
  const { dispatches } = await session.profile(null, { clock: 'timestamp-query', rounds: 1 });
  expect(dispatches.map(({ times }) => times)).toEqual([1, 1]);
});

test('more dispatches than a query set has room for', async () => {
  using session = await open(longPlan(2049 + 2048));
  const { dispatches } = await session.profile(null, { clock: 'timestamp-query', rounds: 1 });
  expect(dispatches).toHaveLength(4097);
  expectTimes(dispatches);
});

test('runs wait for it, and it reads its inputs before the call returns', async () => {
  using session = await open(scalePlan(3));
  const { queue } = device.gpu;
  const written: unknown[] = [];
  const write = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (buffer, offset, data) => {
    written.push((data as Float32Array)[0]);
    write(buffer, offset, data);
  };
  try {
    const mine = x.slice();
    const order: string[] = [];
    const running = session.run({ x: mine }).then(() => order.push('run'));
    const profiling = session.profile({ x: mine }, { rounds: 5 }).then(() => order.push('profile'));
    const last = session.run({ x: mine }).then(() => order.push('last run'));
    mine.fill(NaN);
    await Promise.all([running, profiling, last]);
    expect(order).toEqual(['run', 'profile', 'last run']);
    expect(new Set(written)).toEqual(new Set([1]));
  } finally {
    Reflect.deleteProperty(queue, 'writeBuffer');
  }
});

test('what it cannot do is refused', async () => {
  const session = await open(scalePlan(3));
  await expect(session.profile({ x: x.slice(1) })).rejects.toMatchObject({
    code: 'input',
    subject: 'x',
  });
  for (const rounds of [0, 1.5, NaN]) {
    await expect(session.profile(null, { rounds })).rejects.toMatchObject({
      code: 'input',
      message: `rounds is ${rounds}, not an integer of at least 1`,
    });
  }
  session.close();
  await expect(session.profile()).rejects.toMatchObject({ code: 'closed' });
});

/** A clock of this grain, for things that take so many microseconds. */
function fakeClock(grain: number, us: readonly number[]): Clock {
  return {
    kind: 'timestamp-query',
    grain,
    read: (all: readonly Timed[]) =>
      Promise.resolve(all.map(({ times }, i) => Math.floor((times * us[i]!) / grain) * grain)),
    free() {},
  };
}

const timesOf = async (clock: Clock, count: number) =>
  (await repeatShort(Array(count).fill([]), clock)).map(({ times }) => times);

test('short things are repeated until a coarse clock tells them apart, long ones are not', async () => {
  const [short, middle, long] = await timesOf(fakeClock(65.536, [3, 400, 2000]), 3);
  expect(3 * short!).toBeGreaterThanOrEqual(20 * 65.536);
  expect(3 * short!).toBeLessThan(2 * 20 * 65.536);
  expect(400 * middle!).toBeGreaterThanOrEqual(20 * 65.536);
  expect(middle).toBeLessThan(8);
  expect(long).toBe(1);
});

test('a fine clock repeats nothing, a hopeless one ends', async () => {
  expect(await timesOf(fakeClock(0.001, [3, 0.5]), 2)).toEqual([1, 1]);
  const [hopeless] = await timesOf(fakeClock(65.536, [0]), 1);
  expect(hopeless).toBe(1024);
});

test('after all that, nothing is left on the device', () => {
  expect(device.memory.buffers).toBe(0);
});
