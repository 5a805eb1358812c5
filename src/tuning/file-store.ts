/**
 * Measurements as files in the user's cache folder, in Node. Node's modules are loaded when they are needed,
 * under names that bundlers for the browser do not follow.
 */
import type * as Fs from 'node:fs/promises';
import type * as Os from 'node:os';
import type * as Path from 'node:path';
import { hash } from '../../codegen/index.ts';
import { fileReason } from '../formats/file-reasons.ts';
import type { TuningStore } from './store.ts';

const load = <T>(name: string): Promise<T> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<T>;
const loadFs = () => load<typeof Fs>('node:fs/promises');
const loadPath = () => load<typeof Path>('node:path');

/** Files in `folder`, or where the system has caches; the variable REPARAM_CACHE names another folder. */
export function fileStore(folder?: string): TuningStore {
  const placeOf = async (adapter: string): Promise<string> => {
    const path = await loadPath();
    return path.join(folder ?? (await cacheFolder(path)), fileName(adapter));
  };
  const remedy = folder === undefined ? '; the variable REPARAM_CACHE names another folder' : '';
  return {
    placeOf,
    async load(adapter) {
      const { readFile } = await loadFs();
      try {
        return await readFile(await placeOf(adapter), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw new Error(fileReason(error, 'read'), { cause: error });
      }
    },
    async save(adapter, text) {
      const [fs, path] = [await loadFs(), await loadPath()];
      const file = await placeOf(adapter);
      // Renaming replaces a file at once: who reads meanwhile sees the one or the other.
      const temporary = `${file}.${crypto.randomUUID()}.tmp`;
      try {
        await makeFolder(path.dirname(file));
        await fs.writeFile(temporary, text, { flag: 'wx' });
        await fs.rename(temporary, file);
      } catch (error) {
        await fs.rm(temporary, { force: true }).catch(() => {});
        throw new Error(fileReason(error, 'write') + remedy, { cause: error });
      }
    },
  };
}

/**
 * Makes a folder and those it is in; what was not there, innermost first. Node's own recursive way does not end
 * where a folder cannot be made in one that is there, as in /proc.
 */
async function makeFolder(folder: string): Promise<string[]> {
  const [{ mkdir }, path] = [await loadFs(), await loadPath()];
  let made: string[] = [];
  for (let tries = 1; ; tries++) {
    try {
      await mkdir(folder);
      return [folder, ...made];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return made;
      if (code !== 'ENOENT' || tries === 2 || path.dirname(folder) === folder) throw error;
      made = await makeFolder(path.dirname(folder));
    }
  }
}

/** Why nothing can be kept in the cache folder; null where it can. Leaves nothing behind. */
export async function cacheProblem(): Promise<string | null> {
  const [fs, path] = [await loadFs(), await loadPath()];
  try {
    const folder = path.resolve(await cacheFolder(path));
    const made = await makeFolder(folder);
    const file = path.join(folder, `${crypto.randomUUID()}.tmp`);
    await fs.writeFile(file, '', { flag: 'wx' });
    await fs.rm(file);
    // Somebody else may have put something into it meanwhile.
    for (const one of made) await fs.rmdir(one).catch(() => {});
    return null;
  } catch (error) {
    return fileReason(error, 'write');
  }
}

async function cacheFolder(path: typeof Path): Promise<string> {
  const { env, platform } = process;
  if (env['REPARAM_CACHE']) return env['REPARAM_CACHE'];
  const os = await load<typeof Os>('node:os');
  const home = (...names: string[]) => path.join(os.homedir(), ...names);
  if (platform === 'darwin') return home('Library', 'Caches', 'reparam');
  if (platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] || home('AppData', 'Local'), 'reparam', 'Cache');
  }
  return path.join(env['XDG_CACHE_HOME'] || home('.cache'), 'reparam');
}

/** Words to recognise it by, and a hash, since adapters may differ in what no file name can hold. */
function fileName(adapter: string): string {
  const words = adapter.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `tuning-${words.slice(0, 6).join('-').slice(0, 60)}-${hash(adapter)}.json`;
}
