/** Where a command may write. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ReparamError } from '../../ir/index.ts';
import { expectWritable, placeOf } from '../formats/node-files.ts';

/** Throws a `file` error, before any work is done, where no file can be written. */
export async function expectOutput(path: string): Promise<void> {
  const refuse = (reason: string) =>
    new ReparamError('file', `cannot write ${path}: ${reason}`, path);
  const there = await statOrNull(path);
  if (there?.isDirectory()) throw refuse('it is a folder; give the name of a file in it');
  // It would be replaced: /dev/null, for one.
  if (there && !there.isFile()) throw refuse('it is not a regular file');
  const folder = dirname(resolve(path));
  const parent = await statOrNull(folder);
  if (!parent) throw refuse(`the folder ${folder} does not exist; make it first`);
  if (!parent.isDirectory()) throw refuse(`${folder} is not a folder`);
  await expectWritable(path);
}

/** The X in X=FILE; undefined where the text is the name of a file, with an = in it or without. */
export async function nameBefore(text: string): Promise<string | undefined> {
  const at = text.indexOf('=');
  if (at < 1) return undefined;
  const isPath =
    (await statOrNull(text)) ?? (dirname(text).includes('=') && (await statOrNull(dirname(text))));
  return isPath ? undefined : text.slice(0, at);
}

async function statOrNull(path: string) {
  try {
    return await stat(path);
  } catch {
    return null;
  }
}

/** A file beside another; only the last part of the name counts. */
export const siblingOf = (path: string, name: string): string =>
  join(dirname(path), basename(name));

/** Also through symbolic links. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const place = async (path: string) => resolve(await placeOf(path).catch(() => path));
  return (await place(a)) === (await place(b));
}
