import { expect, test } from 'vitest';
import { makeTaskQueue } from '../../src/runtime/queue.ts';

/** A task that ends when it is told to. */
function makeTask() {
  let end = () => {};
  const slots: number[] = [];
  const ended = new Promise<void>((resolve) => (end = resolve));
  const task = (slot: number) => {
    slots.push(slot);
    return ended;
  };
  return { task, end: () => end(), slots };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('tasks start at once while there are slots, and have one each', () => {
  const queue = makeTaskQueue(2);
  const [a, b] = [makeTask(), makeTask()];
  void queue.add(a.task);
  expect(queue.idle).toBe(true);
  void queue.add(b.task);
  expect(queue.idle).toBe(false);
  expect(new Set([...a.slots, ...b.slots])).toEqual(new Set([0, 1]));
});

test('a task beyond the slots waits for one, which it then has', async () => {
  const queue = makeTaskQueue(2);
  const [a, b, c] = [makeTask(), makeTask(), makeTask()];
  const all = [a, b, c].map(({ task }) => queue.add(task));
  await settle();
  expect(c.slots).toEqual([]);
  b.end();
  await all[1];
  await settle();
  expect(c.slots).toEqual(b.slots);
  a.end();
  c.end();
  await Promise.all(all);
  expect(queue.idle).toBe(true);
});

test('a task that fails gives its slot back', async () => {
  const queue = makeTaskQueue(1);
  await expect(queue.add(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(queue.idle).toBe(true);
});

test('one that is to be alone waits for all before it, and all after it wait', async () => {
  const queue = makeTaskQueue(2);
  const [before, alone, after] = [makeTask(), makeTask(), makeTask()];
  void queue.add(before.task);
  const second = queue.addAlone(() => alone.task(-1));
  void queue.add(after.task);
  await settle();
  expect(alone.slots).toEqual([]);
  before.end();
  await settle();
  expect([alone.slots, after.slots]).toEqual([[-1], []]);
  alone.end();
  await second;
  await settle();
  expect(after.slots).toHaveLength(1);
});
