/** The packages of the peers, in bench/node_modules. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Not a literal in `import`, since they and their types are not there where the project is checked. */
export async function loadPackage<T>(name: string): Promise<T> {
  const loaded = (await import(name)) as T & { readonly default?: T };
  return loaded.default ?? loaded;
}

/** The URL of a file of a package. */
export const urlIn = (name: string, path: string): URL =>
  pathToFileURL(join(import.meta.dirname, '../node_modules', name, path));
