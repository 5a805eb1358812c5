/** Measurements in the browser's IndexedDB. */
import { createStore, get, set } from 'idb-keyval';
import type { TuningStore } from './store.ts';

/** In the database of the page's origin of that name. */
export function indexedDbStore(database = 'reparam'): TuningStore {
  let opened: ReturnType<typeof createStore> | undefined;
  const store = () => (opened ??= createStore(database, 'tuning'));
  return {
    placeOf: (adapter) => `the IndexedDB database "${database}" under "${adapter}"`,
    async load(adapter) {
      const text = await get<unknown>(adapter, store());
      return typeof text === 'string' ? text : null;
    },
    save: (adapter, text) => set(adapter, text, store()),
  };
}
