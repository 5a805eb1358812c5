/** Programs in a process of their own: to see that they end, and what they say without an adapter. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number | string | null | undefined;
  /** What ended it, after 60 s at the latest; null where it ended by itself. */
  readonly signal: string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the source text of a TypeScript module in the root folder of the project. */
export function runProgram(source: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const args = ['--import', 'tsx', '--input-type=module', '-e', source];
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: 120_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, signal: error?.signal ?? null, stdout, stderr });
    });
  });
}
