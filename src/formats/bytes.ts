/** What a file is given as, and what else might be given by mistake. */
import { ReparamError } from '../../ir/index.ts';
import { isObject } from './json.ts';

/** A file's content; Node's `Buffer` is a Uint8Array. */
export type Bytes = Uint8Array | ArrayBuffer;

export const isBytes = (given: unknown): given is Bytes =>
  given instanceof Uint8Array || given instanceof ArrayBuffer;

/** Throws an `input` error where it is something else. */
export function toBytes(given: unknown, what: string): Uint8Array {
  if (given instanceof Uint8Array) return given;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  const message = `${what} must be the bytes of a file${remedy(given)}`;
  throw new ReparamError('input', message, what);
}

/** Says what was given, and what was perhaps meant. */
export function remedy(given: unknown): string {
  if (typeof given === 'string') return ', not a string; read the file first';
  if (given instanceof Promise) return ', not a promise; await it first';
  if (isObject(given) && given['tensors'] instanceof Map) {
    return '; this is what a file was read into, whose .tensors are tensors by name';
  }
  return `, not ${given === null ? 'null' : `of type ${typeof given}`}`;
}

const signatures: Readonly<Record<string, readonly string[]>> = {
  // A zip, or a pickle of protocol 2 to 5.
  'this looks like a PyTorch checkpoint or another pickle; parseCheckpoint reads what torch.save writes':
    ['PK\x03\x04', ...[2, 3, 4, 5].map((protocol) => `\x80${String.fromCharCode(protocol)}`)],
  'this looks like a Git LFS pointer; fetch the file itself, with git lfs pull': ['version '],
  'this looks like a web page; fetch the file itself': ['<'],
};

/** What a file that is not safetensors seems to be, by its first bytes. */
export function guessKind(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 8)).trimStart();
  const found = Object.entries(signatures).find(([, all]) =>
    all.some((one) => start.startsWith(one)),
  );
  return found?.[0];
}
