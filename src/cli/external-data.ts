/** Weights that an ONNX file has in files beside it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, isAbsolute, normalize, resolve, sep, win32 } from 'node:path';
import { ReparamError } from '../../ir/index.ts';
import type { ReadExternal } from '../formats/onnx/index.ts';

/**
 * Reads parts of files in the model's folder and below, and tells `onRead` how many bytes. Throws a `file`
 * error that names the file for a path that leads elsewhere, a file that is missing, and a part that is not
 * there; the error is to be put behind the name of model and tensor.
 */
export const externalReader =
  (model: string, onRead: (bytes: number) => void): ReadExternal =>
  (name, offset, length) => {
    const refuse = (reason: string, cause?: unknown) =>
      new ReparamError('file', `has its data in another file: ${reason}`, model, { cause });
    if (!isInside(name)) {
      throw refuse(`${JSON.stringify(name)} is not in the model's folder, so it is not read`);
    }
    const path = resolve(dirname(model), name);
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const remedy = missing ? 'is missing; put it beside the model' : (error as Error).message;
      throw refuse(`${path} ${remedy}`, error);
    }
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw refuse(`${path} is not a file`);
      const size = length ?? stats.size - offset;
      const isThere = offset >= 0 && size >= 0 && offset + size <= stats.size;
      if (!isThere) {
        throw refuse(
          `${path} has ${stats.size} bytes, not the ${size} from ${offset} on; is it complete?`,
        );
      }
      onRead(size);
      return readPart(file, offset, size);
    } finally {
      closeSync(file);
    }
  };

/** A path may not be absolute, on any system, nor lead out of its folder. */
function isInside(name: string): boolean {
  if (name === '' || name.includes('\0') || isAbsolute(name) || win32.isAbsolute(name))
    return false;
  return (
    !/^[A-Za-z]:/.test(name) &&
    !normalize(name).split(/[\\/]/).includes('..') &&
    !name.endsWith(sep)
  );
}

function readPart(file: number, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const count = readSync(file, bytes, done, Math.min(size - done, 2 ** 30), offset + done);
    if (count === 0) throw new Error('the file shrank while it was read');
    done += count;
  }
  return bytes;
}
