/**
 * Lets as many tasks run at once as there are slots; the others wait, in the order given. A task for which
 * there is a slot starts at once, before the call returns.
 */
export interface TaskQueue {
  /** Whether a task would start at once. */
  readonly idle: boolean;
  /** Does a task in one slot, whose number it is told. */
  add<T>(task: (slot: number) => Promise<T>): Promise<T>;
  /** Does a task once all before it have settled; none starts before it has settled. */
  addAlone<T>(task: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly alone: boolean;
  readonly start: (slots: readonly number[]) => void;
}

export function makeTaskQueue(slots: number): TaskQueue {
  const free = Array.from({ length: slots }, (_, slot) => slot);
  const waiting: Waiting[] = [];
  const fits = (alone: boolean) => free.length >= (alone ? slots : 1);
  const take = (alone: boolean) => free.splice(0, alone ? slots : 1);

  const startNext = () => {
    while (waiting.length > 0 && fits(waiting[0]!.alone)) {
      const { alone, start } = waiting.shift()!;
      start(take(alone));
    }
  };

  const enqueue = async <T>(alone: boolean, task: (slot: number) => Promise<T>): Promise<T> => {
    const startsNow = waiting.length === 0 && fits(alone);
    const taken = startsNow
      ? take(alone)
      : await new Promise<readonly number[]>((start) => waiting.push({ alone, start }));
    try {
      return await task(taken[0]!);
    } finally {
      free.push(...taken);
      startNext();
    }
  };

  return {
    get idle() {
      return waiting.length === 0 && fits(false);
    },
    add: (task) => enqueue(false, task),
    addAlone: (task) => enqueue(true, () => task()),
  };
}
