import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makePace } from '../../src/runtime/pace.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A device that does one thing after the other; tells when it was asked for a promise. */
function makeDevice() {
  let free = 0;
  const asked: number[] = [];
  const submit = (ms: number) => {
    const done = (free = Math.max(free, performance.now()) + ms);
    return async () => {
      asked.push(performance.now());
      const left = done - performance.now();
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
      return performance.now();
    };
  };
  return { asked, submit };
}

/** What happens when each of these is submitted once the one before is done. */
async function runInTurn(times: readonly number[]): Promise<{ asked: number; took: number }[]> {
  const pace = makePace();
  const device = makeDevice();
  const seen: { asked: number; took: number }[] = [];
  for (const ms of times) {
    const begin = performance.now();
    const finish = device.submit(ms);
    const done = pace.waitFor(finish);
    await vi.advanceTimersByTimeAsync(1000);
    seen.push({ asked: device.asked.at(-1)! - begin, took: (await done) - begin });
  }
  return seen;
}

test('the first is asked for at once, those after it when most of the time has passed', async () => {
  expect(await runInTurn([100, 100, 120])).toEqual([
    { asked: 0, took: 100 },
    { asked: 90, took: 100 },
    { asked: 90, took: 120 },
  ]);
});

test('one slow run in between does not make the next ones late', async () => {
  const seen = await runInTurn([100, 300, 300, 100]);
  expect(seen.map(({ took }) => took)).toEqual([100, 300, 300, 100]);
});

test('when all become faster, one run is late and the next is not', async () => {
  const seen = await runInTurn([...Array<number>(4).fill(100), 60, 60, 60]);
  expect(seen.map(({ took }) => took)).toEqual([100, 100, 100, 100, 90, 60, 60]);
});

test('nothing sleeps for what takes a moment', async () => {
  const seen = await runInTurn([2, 2, 2]);
  expect(seen.map(({ asked }) => asked)).toEqual([0, 0, 0]);
});

test('what waits for other runs on the device sleeps through these, too', async () => {
  const pace = makePace();
  const device = makeDevice();
  await advanceTo(pace.waitFor(device.submit(100)), 1000);
  const begin = performance.now();
  const five = Array.from({ length: 5 }, () => pace.waitFor(device.submit(100)));
  await advanceTo(Promise.all(five), 1000);
  expect(device.asked.slice(1).map((at) => at - begin)).toEqual([90, 190, 290, 390, 490]);
  // And none counts as slower for having waited.
  const alone = performance.now();
  await advanceTo(pace.waitFor(device.submit(100)), 1000);
  expect(device.asked.at(-1)! - alone).toBe(90);
});

test('a failure is passed on and says nothing about the time', async () => {
  const pace = makePace();
  const device = makeDevice();
  await advanceTo(pace.waitFor(device.submit(100)), 1000);
  const lost = pace.waitFor(() => Promise.reject(new Error('lost')));
  await Promise.all([expect(lost).rejects.toThrow('lost'), vi.advanceTimersByTimeAsync(1000)]);
  const begin = performance.now();
  await advanceTo(pace.waitFor(device.submit(100)), 1000);
  expect(device.asked.at(-1)! - begin).toBe(90);
});

async function advanceTo<T>(promise: Promise<T>, ms: number): Promise<T> {
  await vi.advanceTimersByTimeAsync(ms);
  return promise;
}
