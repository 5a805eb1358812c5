/**
 * Does tasks one after the other, in the order given. A task with none before it starts at once, before
 * the call returns.
 */
export interface TaskQueue {
  readonly idle: boolean;
  add<T>(task: () => Promise<T>): Promise<T>;
}

export function makeTaskQueue(): TaskQueue {
  // Never rejects: what becomes of one task is no concern of the next.
  let last: Promise<void> | null = null;
  return {
    get idle() {
      return last === null;
    },
    add(task) {
      const result = last === null ? task() : last.then(task);
      const settled = result.then(
        () => {},
        () => {},
      );
      last = settled;
      void settled.then(() => {
        if (last === settled) last = null;
      });
      return result;
    },
  };
}
