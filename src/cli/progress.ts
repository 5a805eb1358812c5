/** Telling a person who waits what is going on; nobody else. */
import spinner from 'yocto-spinner';
import type { Io } from './answer.ts';

export type Say = (text: string) => void;

/** Shows on stderr what `run` says that it is doing, until it is done. Silent where nobody watches. */
export async function withProgress<T>(io: Io, run: (say: Say) => Promise<T>): Promise<T> {
  if (!io.watched) return run(() => {});
  const shown = spinner({ stream: process.stderr });
  try {
    // Both draw at once: what follows may keep the process busy for seconds.
    return await run((text) => {
      if (shown.isSpinning) shown.text = text;
      else shown.start(text);
    });
  } finally {
    shown.stop();
  }
}
