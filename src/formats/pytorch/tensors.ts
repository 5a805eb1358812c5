/** Tensors out of storages: any strides and offsets. */
import { elementCount, Tensor } from '../../../ir/index.ts';
import { viewFloat32, viewFloat64 } from '../floats.ts';
import { widenBfloat, widenHalf } from '../half.ts';
import { fileError } from '../safetensors-header.ts';
import { describe, isCount, isKind, type TensorNote, type Value } from './values.ts';

/** Bytes per element. */
// prettier-ignore
export const storageSizes: ReadonlyMap<string, number> = new Map([
  ['BoolStorage', 1], ['ByteStorage', 1], ['CharStorage', 1],
  ['QInt8Storage', 1], ['QUInt8Storage', 1], ['QUInt4x2Storage', 1], ['QUInt2x4Storage', 1],
  ['UntypedStorage', 1],
  ['ShortStorage', 2], ['HalfStorage', 2], ['BFloat16Storage', 2],
  ['IntStorage', 4], ['FloatStorage', 4], ['QInt32Storage', 4],
  ['LongStorage', 8], ['DoubleStorage', 8], ['ComplexFloatStorage', 8],
  ['ComplexDoubleStorage', 16],
]);

type Floats = Float32Array | Float64Array;

/** The storages that have a place in a model, by type. */
const decoders: ReadonlyMap<string, (bytes: Uint8Array) => Floats> = new Map<
  string,
  (bytes: Uint8Array) => Floats
>([
  ['HalfStorage', widenHalf],
  ['BFloat16Storage', widenBfloat],
  ['FloatStorage', viewFloat32],
  ['DoubleStorage', viewFloat64],
]);

export const isFloatType = (type: string): boolean => decoders.has(type);

/** A checkpoint's storages. */
export interface Storages {
  /** Names the file in errors. */
  readonly what: string;
  /** All bytes of a storage, as many as its size says; throws a `file` error. */
  readonly bytesOf: (key: string) => Uint8Array;
  /** The elements of those that were read, by key. */
  readonly decoded: Map<string, Floats>;
  /** Elements that may still be copied: strides can repeat a small storage without end. */
  left: number;
}

/** A whole file. */
export interface Contents {
  readonly value: Value;
  readonly storages: Storages;
}

export const storagesIn = (
  file: Uint8Array,
  what: string,
  bytesOf: Storages['bytesOf'],
): Storages => ({ what, bytesOf, decoded: new Map(), left: file.length });

/** Reads a tensor by rows of its last axis. */
function gather(data: Floats, shape: readonly number[], strides: readonly number[]): Floats {
  const count = elementCount(shape);
  const out = data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  const at = shape.map(() => 0);
  const last = shape.length - 1;
  const [length, step] = [shape[last]!, strides[last]!];
  for (let start = 0, to = 0; to < count;) {
    for (let i = 0; i < length; i++) out[to++] = data[start + i * step]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      start += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      start -= at[axis]! * strides[axis]!;
      at[axis] = 0;
    }
  }
  return out;
}

/** Whether the elements lie one after the other, as they are wanted. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let wanted = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== wanted) return false;
    wanted *= shape[axis]!;
  }
  return true;
}

/** PyTorch's own limit. */
const MAX_AXES = 64;

const isCounts = (value: Value): value is number[] =>
  Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);

function floatsOf(key: string, decode: (bytes: Uint8Array) => Floats, from: Storages): Floats {
  const floats = from.decoded.get(key) ?? decode(from.bytesOf(key));
  from.decoded.set(key, floats);
  return floats;
}

/**
 * The tensor of a note, or undefined if it is not of floats. Float32 and float64 that lie in order are views
 * of the file where their place is aligned, else copies; half and bfloat16 are widened to float32. Throws a
 * `file` error, which names the tensor, for what does not fit its storage.
 */
export function readTensor(note: TensorNote, name: string, from: Storages): Tensor | undefined {
  const fail = (message: string) =>
    fileError(from.what, `the tensor ${JSON.stringify(name)} ${message}`);
  const { storage, offset, shape, strides } = note;
  if (!isKind(storage, 'storage')) throw fail(`has ${describe(storage)} for a storage`);
  if (!storageSizes.has(storage.type)) throw fail(`has the unknown storage type ${storage.type}`);
  const decode = decoders.get(storage.type);
  if (!decode) return undefined;
  const wellFormed = isCounts(shape) && isCounts(strides) && shape.length === strides.length;
  if (!wellFormed || !isCount(offset)) throw fail('has a malformed shape, strides or offset');
  const size = elementCount(shape);
  const span = size > 0 ? shape.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, 1) : 0;
  const start = size > 0 ? storage.start + offset : 0;
  if (!(start + span <= storage.start + storage.size)) {
    throw fail(`reads up to element ${offset + span} of a storage of ${storage.size}`);
  }
  const data = floatsOf(storage.key, decode, from).subarray(start, start + span);
  if (isContiguous(shape, strides)) return new Tensor([...shape], data);
  from.left -= size;
  if (!(from.left >= 0)) throw fail('repeats its storage beyond the size of the file');
  return new Tensor([...shape], gather(data, shape, strides));
}
