/** Reading bytes one after another; all numbers are little-endian. Past the end there is a `file` error. */
import { fileError } from '../safetensors-header.ts';

export interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Names the file in errors. */
  readonly what: string;
  position: number;
}

export const cursorAt = (bytes: Uint8Array, what: string, position = 0): Cursor => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  what,
  position,
});

/** Moves on by `count` bytes and says where they begin. */
export function advance(cursor: Cursor, count: number): number {
  const { position, bytes, what } = cursor;
  if (count > bytes.length - position) {
    const missing = count - (bytes.length - position);
    throw fileError(what, `is truncated: ${missing} more bytes should follow its last one`);
  }
  cursor.position = position + count;
  return position;
}

/** A view of the next `count` bytes. */
export function take(cursor: Cursor, count: number): Uint8Array {
  const start = advance(cursor, count);
  return cursor.bytes.subarray(start, start + count);
}

export const readU8 = (cursor: Cursor): number => cursor.view.getUint8(advance(cursor, 1));
export const readU16 = (cursor: Cursor): number => cursor.view.getUint16(advance(cursor, 2), true);
export const readU32 = (cursor: Cursor): number => cursor.view.getUint32(advance(cursor, 4), true);
export const readI32 = (cursor: Cursor): number => cursor.view.getInt32(advance(cursor, 4), true);

/** A size or position; above 2^53 no file reaches. */
export function readU64(cursor: Cursor): number {
  const value = cursor.view.getBigUint64(advance(cursor, 8), true);
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw fileError(cursor.what, `has the impossible size or position ${value}`);
}

/** UTF-8. Throws a `file` error for anything else. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw fileError(what, 'has a text that is not UTF-8', error);
  }
}
