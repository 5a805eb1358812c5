/** Files, in Node only: nothing that the browser loads may import this. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { ReparamError, type Constant } from '../../ir/index.ts';
import { fileReason } from './file-reasons.ts';
import { parseSafetensors, serialiseSafetensors, type Safetensors } from './safetensors.ts';

const remedies = { read: '', write: '; give another place' } as const;

async function orFileError<T>(
  path: string,
  action: 'read' | 'write',
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const reason = fileReason(error, action) + remedies[action];
    throw new ReparamError('file', `cannot ${action} ${path}: ${reason}`, path, { cause: error });
  }
}

/** The file's content. Throws a `file` error that names it. */
export const readBytes = (path: string): Promise<Uint8Array> =>
  orFileError(path, 'read', async () => {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      return size < MANY ? await file.readFile() : await readLarge(file, size);
    } finally {
      await file.close();
    }
  });

/** What `readFile` takes, and one read. */
const MANY = 2 ** 30;

async function readLarge(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(MANY, size - at), at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    at += bytesRead;
  }
  return bytes;
}

export interface FileToWrite {
  readonly path: string;
  /** The content, in parts: no single array need hold more than 2 GB. */
  readonly chunks: readonly Uint8Array[];
}

/**
 * Writes all of the files or none: into temporary ones beside them, which take their names when the last is
 * complete. What stands there before stays as it is until then. Throws a `file` error that names the file.
 */
export async function writeFiles(files: readonly FileToWrite[]): Promise<void> {
  const written: (readonly [temporary: string, path: string])[] = [];
  try {
    for (const { path, chunks } of files) {
      const temporary = `${path}.${randomUUID()}.tmp`;
      written.push([temporary, path]);
      await orFileError(path, 'write', () => writeChunks(temporary, chunks));
    }
    for (const [temporary, path] of written) {
      await orFileError(path, 'write', () => rename(temporary, path));
    }
  } catch (error) {
    for (const [temporary] of written) await rm(temporary, { force: true });
    throw error;
  }
}

async function writeChunks(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'wx');
  try {
    // One after the other from where the last ended: unlike `write`, `writeFile` never stops short.
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes the whole file or nothing; see `writeFiles`. */
export const writeBytes = (path: string, bytes: Uint8Array): Promise<void> =>
  writeFiles([{ path, chunks: [bytes] }]);

/** Reads a safetensors file; see `parseSafetensors`. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return parseSafetensors(await readBytes(path), { what: path });
}

/** Whether a file can be made there is only known by making one; it is gone again. Throws a `file` error. */
export const expectWritable = (path: string): Promise<void> =>
  orFileError(path, 'write', async () => {
    const temporary = `${path}.${randomUUID()}.tmp`;
    await (await open(temporary, 'wx')).close();
    await rm(temporary);
  });

/** Writes a safetensors file, whole or not at all; see `serialiseSafetensors`. */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, Constant]>,
  metadata: Iterable<readonly [string, string]> = [],
): Promise<void> {
  await writeBytes(path, serialiseSafetensors(tensors, metadata));
}
