/**
 * The form of a checkpoint from before PyTorch 1.6: five pickles (a magic number, the version, notes on the
 * system, the objects, the storages' keys), then each storage's size and elements in the order of the keys.
 */
import { fileError } from '../safetensors-header.ts';
import { cursorAt, readU64, take } from './cursor.ts';
import { readPickle } from './pickle.ts';
import { type Contents, storageSizes, storagesIn } from './tensors.ts';
import type { Value } from './values.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

function checkSystem(version: Value, system: Value, what: string): void {
  if (version !== VERSION) throw fileError(what, 'is of an unknown version of the format');
  if (system instanceof Map && system.get('little_endian') === false) {
    throw fileError(what, 'was written in big-endian order, which is not supported');
  }
}

/** The magic number as every protocol but the text one writes it. */
export function isLegacy(bytes: Uint8Array): boolean {
  try {
    return readPickle(bytes.subarray(0, 64), '').value === MAGIC;
  } catch {
    return false;
  }
}

/** Throws a `file` error. */
export function readLegacy(bytes: Uint8Array, what: string): Contents {
  let end = 0;
  const next = () => {
    const pickle = readPickle(bytes, what, end);
    ({ end } = pickle);
    return pickle;
  };
  next();
  checkSystem(next().value, next().value, what);
  const { value, storages } = next();
  const keys = next().value;
  if (!Array.isArray(keys)) throw fileError(what, "has no list of its storages' keys");
  const cursor = cursorAt(bytes, what, end);
  const parts = new Map<string, Uint8Array>();
  for (const key of keys) {
    const info = typeof key === 'string' ? storages.get(key) : undefined;
    const each = info && storageSizes.get(info.type);
    // Without its type, where the next one begins is not known.
    if (typeof key !== 'string' || !info || each === undefined) {
      throw fileError(what, 'has a storage of an unknown type');
    }
    const size = readU64(cursor);
    if (size !== info.size) {
      throw fileError(what, `has ${size} elements in a storage that says it has ${info.size}`);
    }
    parts.set(key, take(cursor, size * each));
  }
  if (cursor.position < bytes.length) {
    const rest = bytes.length - cursor.position;
    throw fileError(what, `has ${rest} bytes after its last storage`);
  }
  const bytesOf = (key: string) => {
    const part = parts.get(key);
    if (part) return part;
    throw fileError(what, `has no storage ${JSON.stringify(key)}, which a tensor reads`);
  };
  return { value, storages: storagesIn(bytes, what, bytesOf) };
}
