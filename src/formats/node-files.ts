/** Files, in Node only: nothing that the browser loads may import this. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { ReparamError, type Constant } from '../../ir/index.ts';
import { parseSafetensors, serialiseSafetensors, type Safetensors } from './safetensors.ts';

async function orFileError<T>(path: string, action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ReparamError('file', `cannot ${action} ${path}: ${reason}`, path, { cause: error });
  }
}

/** The file's content. Throws a `file` error that names it. */
export const readBytes = (path: string): Promise<Uint8Array> =>
  orFileError(path, 'read', () => readFile(path));

/**
 * Writes the whole file or nothing: into a temporary file beside it, which then takes its name. Throws a
 * `file` error that names it.
 */
export const writeBytes = (path: string, bytes: Uint8Array): Promise<void> =>
  orFileError(path, 'write', async () => {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });

/** Reads a safetensors file; see `parseSafetensors`. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return parseSafetensors(await readBytes(path), { what: path });
}

/** Writes a safetensors file, whole or not at all; see `serialiseSafetensors`. */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, Constant]>,
  metadata: Iterable<readonly [string, string]> = [],
): Promise<void> {
  await writeBytes(path, serialiseSafetensors(tensors, metadata));
}
