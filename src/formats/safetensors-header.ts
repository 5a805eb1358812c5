/**
 * The header of a safetensors file: eight bytes of its length, then JSON that gives each tensor's dtype,
 * shape and place in the data that follows. https://huggingface.co/docs/safetensors
 */
import { elementCount, ReparamError } from '../../ir/index.ts';
import { guessKind } from './bytes.ts';
import { isObject, parseJson } from './json.ts';

/** Bytes per element. */
// prettier-ignore
const sizes = {
  BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1,
  U16: 2, I16: 2, F16: 2, BF16: 2,
  U32: 4, I32: 4, F32: 4,
  U64: 8, I64: 8, F64: 8,
} as const;
export type FileDType = keyof typeof sizes;

export interface Entry {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  /** Where its bytes lie in the file. */
  readonly start: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The format's own limit. */
const MAX_HEADER = 100_000_000;

export const fileError = (what: string, message: string, cause?: unknown) =>
  new ReparamError('file', `${what}: ${message}`, what, cause === undefined ? {} : { cause });

function readJson(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = parseJson(text);
    if (isObject(value)) return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fileError(what, `the header is not valid JSON: ${reason}`, error);
  }
  throw fileError(what, 'the header is not a JSON object');
}

function readMetadata(value: unknown, what: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw fileError(what, '__metadata__ is not an object');
  const entries = Object.entries(value).map(([key, text]) => {
    if (typeof text === 'string') return [key, text] as const;
    throw fileError(what, `__metadata__ has ${JSON.stringify(key)}, which is not a string`);
  });
  return new Map(entries);
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(isCount);

function readEntry(
  name: string,
  value: unknown,
  dataStart: number,
  fileSize: number,
  what: string,
): Entry {
  const fail = (message: string) =>
    fileError(what, `the tensor ${JSON.stringify(name)} ${message}`);
  if (!isObject(value)) throw fail('is not described by an object');
  const unknown = Object.keys(value).find((k) => !['dtype', 'shape', 'data_offsets'].includes(k));
  if (unknown !== undefined) throw fail(`has the unknown field ${JSON.stringify(unknown)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(sizes, dtype)) {
    throw fail(`has the unknown dtype ${JSON.stringify(dtype)}`);
  }
  if (!isCounts(shape)) throw fail('has a shape that is not a list of sizes');
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fail('has data_offsets that are not two positions');
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw fail(`ends at ${end}, before it begins at ${begin}`);
  const wanted = elementCount(shape) * sizes[dtype as FileDType];
  if (end - begin !== wanted) {
    throw fail(`has ${end - begin} bytes, but ${dtype}[${shape.join(',')}] takes ${wanted}`);
  }
  if (dataStart + end > fileSize) {
    const missing = dataStart + end - fileSize;
    throw fail(`ends ${missing} bytes after the end of the file, which is truncated`);
  }
  return { name, dtype: dtype as FileDType, shape, start: dataStart + begin, end: dataStart + end };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkContiguous(
  entries: readonly Entry[],
  dataStart: number,
  fileSize: number,
  what: string,
) {
  let position = dataStart;
  let before = 'the header';
  for (const { name, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    const quoted = `the tensor ${JSON.stringify(name)}`;
    if (start < position) throw fileError(what, `${quoted} overlaps ${before}`);
    if (start > position) {
      throw fileError(
        what,
        `${start - position} bytes between ${before} and ${quoted} belong to none`,
      );
    }
    position = end;
    before = quoted;
  }
  if (position < fileSize) {
    throw fileError(what, `${fileSize - position} bytes after ${before} belong to no tensor`);
  }
}

/** Throws a `file` error that says what is wrong and with which tensor. */
export function readHeader(bytes: Uint8Array, what: string): Header {
  if (bytes.length < 8) throw fileError(what, `${bytes.length} bytes are too few for a header`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (declared > MAX_HEADER) {
    const asHeader = `a header of ${declared} bytes is above the limit; is it safetensors?`;
    throw fileError(what, guessKind(bytes) ?? asHeader);
  }
  const dataStart = 8 + Number(declared);
  if (dataStart > bytes.length) {
    const there = bytes.length - 8;
    throw fileError(what, `is truncated: ${there} of the header's ${declared} bytes are there`);
  }
  const json = readJson(bytes.subarray(8, dataStart), what);
  const entries = Object.entries(json).flatMap(([name, value]) =>
    name === '__metadata__' ? [] : [readEntry(name, value, dataStart, bytes.length, what)],
  );
  checkContiguous(entries, dataStart, bytes.length, what);
  const metadata = Object.hasOwn(json, '__metadata__') ? json['__metadata__'] : undefined;
  return { entries, metadata: readMetadata(metadata, what) };
}
