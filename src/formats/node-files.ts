/** Files, in Node only: nothing that the browser loads may import this. */
import { randomUUID } from 'node:crypto';
import { open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
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
 * complete. What stands there before stays as it is until then. A symbolic link stays, and the file that it leads
 * to is written; a file that is replaced passes on who may read and write it. Throws a `file` error that names the
 * file.
 */
export async function writeFiles(files: readonly FileToWrite[]): Promise<void> {
  const written: { temporary: string; place: string; path: string }[] = [];
  try {
    for (const { path, chunks } of files) {
      await orFileError(path, 'write', async () => {
        const place = await placeOf(path);
        const temporary = temporaryBeside(place);
        written.push({ temporary, place, path });
        await writeChunks(temporary, chunks, await modeOf(place));
      });
    }
    for (const { temporary, place, path } of written) {
      await orFileError(path, 'write', () => rename(temporary, place));
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw error;
  }
}

/** Not by the name of the file, which may be as long as names can be. */
const temporaryBeside = (path: string): string =>
  // What ends like a folder has to be one.
  join(
    path.endsWith('/') || path.endsWith(sep) ? path : dirname(path),
    `reparam-${randomUUID()}.tmp`,
  );

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Where the path leads through symbolic links; there need not be a file yet. Throws the system's errors. */
export async function placeOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    const target = await readlink(path);
    return await placeOf(resolve(await realpath(dirname(path)), target));
  } catch (error) {
    // Neither a file nor a link to where one can be.
    if (isMissing(error)) return path;
    throw error;
  }
}

/** The permissions of the file; null where there is none. */
async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Never to be read by more than may read the file in the end. */
async function writeChunks(
  path: string,
  chunks: readonly Uint8Array[],
  mode: number | null,
): Promise<void> {
  const file = await open(path, 'wx', mode ?? undefined);
  try {
    // Made with what the process's umask leaves of it.
    if (mode !== null && ((await file.stat()).mode & 0o777) !== mode) await file.chmod(mode);
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
    const temporary = temporaryBeside(await placeOf(path));
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
