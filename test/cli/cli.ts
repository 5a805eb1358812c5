/** The command in this process, and a folder to write to. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Io } from '../../src/cli/answer.ts';
import { runProgram } from '../../src/cli/program.ts';

export const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
export const block = (name: string): string => fixture(`onnx/blocks/${name}.onnx`);
export const feature = (name: string): string => fixture(`onnx/features/${name}.onnx`);
export const picture = join(import.meta.dirname, '../../examples/pictures/ankle-boot.png');
export const labels = join(import.meta.dirname, '../../examples/pictures/fashion-labels.txt');

/** Read without knowing its type: a test says what it expects. */
export type Json = Readonly<Record<string, ReturnType<typeof JSON.parse>>>;

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What the command prints to a pipe, and its exit code. */
export async function reparam(...args: readonly string[]): Promise<Outcome> {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    watched: false,
    debug: false,
  };
  const code = await runProgram(args, io);
  return { code, out, err };
}

/** The one object that `--json` prints. */
export async function reparamJson(...args: readonly string[]) {
  const { code, out, err } = await reparam(...args, '--json');
  return { code, err, json: JSON.parse(out) as Json };
}

export interface Folder {
  readonly path: (name: string) => string;
  /** What is in it now. */
  readonly files: () => string[];
  /** A copy in it. */
  readonly copy: (from: string, name: string) => string;
}

/** A new folder for each test of the file. */
export function useFolder(): Folder {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reparam-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    files: () => readdirSync(folder).toSorted(),
    copy(from, name) {
      cpSync(from, path(name));
      return path(name);
    },
  };
}
