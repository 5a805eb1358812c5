/** Where measurements are kept if nobody says where. */
import { fileStore } from './file-store.ts';
import { indexedDbStore } from './indexed-db-store.ts';
import type { TuningStore } from './store.ts';

/** Files in Node, IndexedDB in the browser, null where there is neither. */
export function defaultStore(): TuningStore | null {
  if (typeof process === 'object' && process.versions?.node) return fileStore();
  return 'indexedDB' in globalThis ? indexedDbStore() : null;
}
