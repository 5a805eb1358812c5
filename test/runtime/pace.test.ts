import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makePace, type Pace } from '../../src/runtime/pace.ts';

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

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

/** What happens when each of these is submitted once the one before is done. */
async function runInTurn(all: readonly number[], pace: Pace = makePace({ software: false })) {
  const device = makeDevice();
  const seen: { asked: number; took: number }[] = [];
  for (const ms of all) {
    const begin = performance.now();
    const done = await advance(pace.waitFor(device.submit(ms)));
    seen.push({ asked: device.asked.at(-1)! - begin, took: done - begin });
  }
  return seen;
}

async function advance<T>(promise: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(10_000);
  return promise;
}

test('after two runs, the promise is asked for when half of the time has passed', async () => {
  const seen = await runInTurn([...times(3, 100), 120]);
  expect(seen).toEqual([
    ...times(2, { asked: 0, took: 100 }),
    { asked: 50, took: 100 },
    { asked: 50, took: 120 },
  ]);
});

test('a first run for which the driver compiles does not make the next ones late', async () => {
  const seen = await runInTurn([4000, ...times(8, 100)]);
  expect(seen.map(({ took }) => took)).toEqual([4000, ...times(8, 100)]);
  expect(seen.at(-1)!.asked).toBe(50);
});

test('slow runs in between do not make the next ones late', async () => {
  const all = [...times(4, 100), ...times(3, 300), 100];
  expect((await runInTurn(all)).map(({ took }) => took)).toEqual(all);
});

test('when all become much faster, one run is late, and the time is learnt again', async () => {
  const seen = await runInTurn([...times(4, 100), ...times(6, 40)]);
  expect(seen.map(({ took }) => took)).toEqual([...times(4, 100), 50, ...times(5, 40)]);
  expect(seen.map(({ asked }) => asked).slice(4)).toEqual([50, 0, 0, 20, 20, 20]);
});

test('when all become slower, it sleeps longer after four of them', async () => {
  const seen = await runInTurn([...times(4, 100), ...times(6, 300)]);
  expect(seen.map(({ asked }) => asked).slice(4)).toEqual([50, 50, 50, 50, 150, 150]);
});

test('in browsers, nobody polls, and nothing sleeps', async () => {
  vi.resetModules();
  vi.doMock('../../src/runtime/webgpu.ts', () => ({ runsInNode: () => false }));
  const wait = vi.spyOn(Atomics, 'wait');
  const { makePace: makeInBrowser } = await import('../../src/runtime/pace.ts');
  vi.doUnmock('../../src/runtime/webgpu.ts');
  const seen = await runInTurn(times(6, 100), makeInBrowser({ software: true }));
  expect(seen).toEqual(times(6, { asked: 0, took: 100 }));
  expect(wait).not.toHaveBeenCalled();
  wait.mockRestore();
});

test('nothing sleeps for what takes a moment', async () => {
  const seen = await runInTurn(times(6, 5));
  expect(seen.map(({ asked }) => asked)).toEqual(times(6, 0));
});

test('what waits for other runs on the device sleeps through these, too', async () => {
  const pace = makePace({ software: false });
  await runInTurn(times(4, 100), pace);
  const device = makeDevice();
  const begin = performance.now();
  await advance(Promise.all(Array.from({ length: 5 }, () => pace.waitFor(device.submit(100)))));
  expect(device.asked.map((at) => at - begin)).toEqual([50, 150, 250, 350, 450]);
  // And none counts as slower for having waited.
  expect(await runInTurn([100], pace)).toEqual([{ asked: 50, took: 100 }]);
});

test('a failure is passed on and says nothing about the time', async () => {
  const pace = makePace({ software: false });
  await runInTurn(times(4, 100), pace);
  const lost = pace.waitFor(() => Promise.reject(new Error('lost')));
  await Promise.all([expect(lost).rejects.toThrow('lost'), vi.advanceTimersByTimeAsync(1000)]);
  expect(await runInTurn([100], pace)).toEqual([{ asked: 50, took: 100 }]);
});

test('what comes right after a failure does not wait for what failed', async () => {
  const pace = makePace({ software: false });
  await runInTurn(times(4, 100), pace);
  const device = makeDevice();
  const lost = pace.waitFor(() => Promise.reject(new Error('lost')));
  const failed = lost.catch(() => performance.now());
  const next = failed.then(async () => pace.waitFor(device.submit(100)));
  await advance(next);
  expect(device.asked[0]! - (await failed)).toBe(50);
});

test('on a software GPU, the main thread naps between looks', async () => {
  vi.useRealTimers();
  let looks = 0;
  let isDone = false;
  const look = () => {
    looks++;
    if (!isDone) setImmediate(look);
  };
  const begin = performance.now();
  await Promise.all(
    [40, 60].map((ms) =>
      makePace({ software: true }).waitFor(async () => {
        look();
        await new Promise((resolve) => setTimeout(resolve, ms));
        isDone = true;
      }),
    ),
  );
  // Without naps, it would be a hundred times as many; each loop of looks has one in a turn.
  expect(looks).toBeLessThan(2 * (4 * (performance.now() - begin) + 10));
  expect(looks).toBeGreaterThan(2);
});

test('naps are longer while the end is not due, and short from then on', async () => {
  vi.useRealTimers();
  const wait = vi.spyOn(Atomics, 'wait');
  const pace = makePace({ software: true });
  const napsOfRun = async (ms: number) => {
    wait.mockClear();
    await pace.waitFor(() => new Promise((resolve) => setTimeout(resolve, ms)));
    return wait.mock.calls.map((call) => call[3]!);
  };
  const unknown = [...(await napsOfRun(200)), ...(await napsOfRun(200))];
  expect(new Set(unknown)).toEqual(new Set([0.25]));
  // Asked for after 100 ms, and 200 ms late.
  const naps = await napsOfRun(300);
  expect(naps[0]).toBe(2);
  expect(naps.at(-1)).toBe(0.25);
  expect(naps).toEqual(naps.toSorted((a, b) => b - a));
  wait.mockRestore();
});
