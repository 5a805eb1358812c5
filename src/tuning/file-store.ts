/**
 * Measurements as files in the user's cache folder, in Node. Node's modules are loaded when they are needed,
 * under names that bundlers for the browser do not follow.
 */
import { hash } from '../../codegen/index.ts';
import type { TuningStore } from './store.ts';

type Fs = typeof import('node:fs/promises');
type Path = typeof import('node:path');
type Os = typeof import('node:os');

const load = <T>(name: string): Promise<T> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<T>;
const loadFs = () => load<Fs>('node:fs/promises');
const loadPath = () => load<Path>('node:path');

/** Files in `folder`, or where the system has caches; the variable REPARAM_CACHE names another folder. */
export function fileStore(folder?: string): TuningStore {
  const placeOf = async (adapter: string): Promise<string> => {
    const { join } = await loadPath();
    return join(folder ?? (await cacheFolder()), fileName(adapter));
  };
  return {
    placeOf,
    async load(adapter) {
      const { readFile } = await loadFs();
      try {
        return await readFile(await placeOf(adapter), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    async save(adapter, text) {
      const [fs, { dirname }, path] = [await loadFs(), await loadPath(), await placeOf(adapter)];
      await fs.mkdir(dirname(path), { recursive: true });
      // Renaming replaces a file at once: who reads meanwhile sees the one or the other.
      const temporary = `${path}.${crypto.randomUUID()}.tmp`;
      try {
        await fs.writeFile(temporary, text, { flag: 'wx' });
        await fs.rename(temporary, path);
      } catch (error) {
        await fs.rm(temporary, { force: true });
        throw error;
      }
    },
  };
}

async function cacheFolder(): Promise<string> {
  const { env, platform } = process;
  if (env['REPARAM_CACHE']) return env['REPARAM_CACHE'];
  const [{ join }, { homedir }] = [await loadPath(), await load<Os>('node:os')];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'reparam');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'reparam', 'Cache');
  }
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'reparam');
}

/** Words to recognise it by, and a hash, since adapters may differ in what no file name can hold. */
function fileName(adapter: string): string {
  const words = adapter.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `tuning-${words.slice(0, 6).join('-').slice(0, 60)}-${hash(adapter)}.json`;
}
