/** Processes that are measured, each with one contestant. All are ended when this process ends. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Contestant } from './contestants.ts';
import type { Answer, OwnRequest, Request } from './protocol.ts';

/** The process is gone, or gives no answer. */
export class Lost extends Error {}

export interface Child {
  /** False once the process has ended. */
  readonly alive: boolean;
  /**
   * Rejects with the contestant's reason; where the process ends first, with its last words; and after
   * `seconds`, when the process is ended.
   */
  ask<T>(request: Request | OwnRequest, seconds: number): Promise<T>;
  end(): void;
}

const root = join(import.meta.dirname, '..');
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((one) => one.kill('SIGKILL')));

/** Ends all processes; what they were asked is rejected. */
export const endAll = (): void => running.forEach((one) => one.kill('SIGKILL'));

export function startChild(
  { program, provider, flags = [] }: Contestant,
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = fork(join(import.meta.dirname, 'peers', program), [provider], {
    cwd: root,
    env: { ...process.env, ...env },
    execArgv: [...flags, '--import', 'tsx', '--expose-gc'],
    // As binary data, which JSON would not keep.
    serialization: 'advanced',
    // Nothing of theirs may get into the results.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let words = '';
  let last = 0;
  let ended: Error | null = null;

  const finish = (error: Error) => {
    if (ended) return;
    ended = error;
    running.delete(child);
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
  }
  child.on('error', finish);
  // `close` comes after `exit`, when all the words have been read.
  child.on('close', (code, signal) => {
    finish(new Lost(`its process ended (${signal ?? `code ${code}`})${lastWords(words)}`));
  });
  child.on('message', (answer: Answer) => {
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.ok) one?.resolve(answer.value);
    else one?.reject(new Error(answer.reason));
  });

  const end = () => void child.kill('SIGKILL');
  return {
    get alive() {
      return ended === null;
    },
    ask<T>(request: Request | OwnRequest, seconds: number) {
      if (ended) return Promise.reject(ended);
      const id = last++;
      const answered = new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: (value) => resolve(value as T), reject });
        child.send({ id, request }, (error) => error && finish(error));
      });
      const timer = setTimeout(() => {
        finish(new Lost(`no answer to "${request.do}" within ${seconds} s${lastWords(words)}`));
        end();
      }, seconds * 1000);
      return answered.finally(() => clearTimeout(timer));
    },
    end,
  };
}

/** The line that most likely tells what went wrong. */
function lastWords(words: string): string {
  const lines = words
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v/.test(line));
  const line = lines.findLast((one) => /error|fatal|abort/i.test(one)) ?? lines.at(-1);
  return line ? `: ${line.trim().slice(0, 300)}` : '';
}
