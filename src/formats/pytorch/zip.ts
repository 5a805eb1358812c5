/**
 * The entries of a zip file that are stored as they are, which is how PyTorch writes them; zip64 included.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { fileError } from '../safetensors-header.ts';
import { advance, cursorAt, decodeText, readU16, readU32, readU64, take } from './cursor.ts';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
/** Of the record at the end, without its comment. */
const END_SIZE = 22;
const LOCATOR_SIZE = 20;

/** Stands for a number that the zip64 records have. */
const IN_ZIP64 = 0xffffffff;

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && cursorAt(bytes, '').view.getUint32(0, true) === LOCAL_HEADER;

interface Directory {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

/** Looks backwards: the last record has a comment of up to 65535 bytes, nearly always none. */
function findEnd(bytes: Uint8Array, what: string): number {
  const { view } = cursorAt(bytes, what);
  const last = bytes.length - END_SIZE;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw fileError(what, 'is truncated: the directory at the end of a zip file is not there');
}

function readDirectory(bytes: Uint8Array, what: string): Directory {
  const end = findEnd(bytes, what);
  const { view } = cursorAt(bytes, what);
  const locator = end - LOCATOR_SIZE;
  if (locator < 0 || view.getUint32(locator, true) !== END_64_LOCATOR) {
    return {
      count: view.getUint16(end + 10, true),
      size: view.getUint32(end + 12, true),
      offset: view.getUint32(end + 16, true),
    };
  }
  const at = readU64(cursorAt(bytes, what, locator + 8));
  if (at > locator) throw fileError(what, 'has a zip64 directory after its end');
  const cursor = cursorAt(bytes, what, at);
  if (readU32(cursor) !== END_64) throw fileError(what, 'has no zip64 directory where it says');
  advance(cursor, 28);
  return { count: readU64(cursor), size: readU64(cursor), offset: readU64(cursor) };
}

/** Fills in the numbers that did not fit into 32 bits; the extra field has them in this order. */
function readZip64(extra: Uint8Array, numbers: readonly number[], what: string): number[] {
  const cursor = cursorAt(extra, what);
  while (extra.length - cursor.position >= 4) {
    const [id, size] = [readU16(cursor), readU16(cursor)];
    const field = cursorAt(take(cursor, size), what);
    if (id === 1) return numbers.map((number) => (number === IN_ZIP64 ? readU64(field) : number));
  }
  return [...numbers];
}

interface Entry {
  /** Of its local header. */
  readonly offset: number;
  readonly size: number;
  readonly packedSize: number;
  readonly flags: number;
  readonly method: number;
}

/** A zip file's directory. */
export interface Zip {
  readonly bytes: Uint8Array;
  readonly what: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** The directory of a zip file. Throws a `file` error if it is truncated or broken. */
export function openZip(bytes: Uint8Array, what: string): Zip {
  const { count, size, offset } = readDirectory(bytes, what);
  if (offset + size > bytes.length) throw fileError(what, 'has a zip directory after its end');
  const cursor = cursorAt(bytes.subarray(0, offset + size), what, offset);
  const entries = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    if (readU32(cursor) !== CENTRAL_HEADER) throw fileError(what, 'has a broken zip directory');
    advance(cursor, 4);
    const [flags, method] = [readU16(cursor), readU16(cursor)];
    advance(cursor, 8);
    const sizes = [readU32(cursor), readU32(cursor)];
    const [nameSize, extraSize, commentSize] = [readU16(cursor), readU16(cursor), readU16(cursor)];
    advance(cursor, 8);
    const header = readU32(cursor);
    const name = decodeText(take(cursor, nameSize), what);
    // The extra field gives the plain size first.
    const large = [sizes[1]!, sizes[0]!, header];
    const [plain, packed, at] = readZip64(take(cursor, extraSize), large, what);
    advance(cursor, commentSize);
    if (entries.has(name)) throw fileError(what, `has the entry ${JSON.stringify(name)} twice`);
    entries.set(name, { offset: at!, size: plain!, packedSize: packed!, flags, method });
  }
  return { bytes, what, entries };
}

/**
 * An entry's content, a view of the file; undefined if there is no such entry. Throws a `file` error for one
 * that is compressed, encrypted, or not where the directory says. Checksums are not compared: PyTorch can be
 * told not to compute them.
 */
export function readZipEntry({ bytes, what, entries }: Zip, name: string): Uint8Array | undefined {
  const entry = entries.get(name);
  if (!entry) return undefined;
  const quoted = JSON.stringify(name);
  if (entry.flags & 1) throw fileError(what, `has the entry ${quoted}, which is encrypted`);
  if (entry.method !== 0) {
    const remedy = 'only stored ones are read, as torch.save writes them';
    throw fileError(what, `has the entry ${quoted}, which is compressed; ${remedy}`);
  }
  if (entry.size !== entry.packedSize) {
    throw fileError(what, `has two sizes for the entry ${quoted}`);
  }
  const cursor = cursorAt(bytes, what, Math.min(entry.offset, bytes.length));
  if (readU32(cursor) !== LOCAL_HEADER) {
    throw fileError(what, `has no entry ${quoted} where its directory says`);
  }
  advance(cursor, 22);
  const [nameSize, extraSize] = [readU16(cursor), readU16(cursor)];
  // The local header may hide its sizes, but its name must be the directory's.
  if (decodeText(take(cursor, nameSize), what) !== name) {
    throw fileError(what, `has another entry where ${quoted} should be`);
  }
  advance(cursor, extraSize);
  return take(cursor, entry.size);
}
