/** Reading and writing safetensors in memory; `node-files.ts` reads and writes files. */
import { materialise, type Constant, Tensor } from '../../ir/index.ts';
import { toBytes, type Bytes } from './bytes.ts';
import { viewFloat32, viewFloat64 } from './floats.ts';
import { widenBfloat, widenHalf } from './half.ts';
import { fileError, readHeader, type Entry } from './safetensors-header.ts';

export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** BatchNorm's `num_batches_tracked`. */
  readonly skipped: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
}

function readData(bytes: Uint8Array, entry: Entry, what: string): Float32Array | Float64Array {
  const part = bytes.subarray(entry.start, entry.end);
  switch (entry.dtype) {
    case 'F32':
      return viewFloat32(part);
    case 'F64':
      return viewFloat64(part);
    case 'F16':
      return widenHalf(part);
    case 'BF16':
      return widenBfloat(part);
    default: {
      const name = JSON.stringify(entry.name);
      const supported = 'F32, F64, F16 and BF16 are supported';
      throw fileError(what, `the tensor ${name} is of dtype ${entry.dtype}; ${supported}`);
    }
  }
}

/** Whether a tensor counts BatchNorm's training steps, which mean nothing afterwards. */
export const isCounterName = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name);

const isCounter = ({ name, dtype, shape }: Entry) =>
  dtype === 'I64' && shape.length === 0 && isCounterName(name);

/**
 * The tensors of a safetensors file. F32 and F64 are views of `file` where their place is aligned, else
 * copies; F16 and BF16 are widened to float32. `what` names the file in errors.
 *
 * Strict: throws a `file` error, which names the file and the tensor, for a truncated file, a malformed
 * header, a key that occurs twice, sizes that contradict each other, data that overlaps or belongs to no
 * tensor, and dtypes that have no place in a model; an `input` error for what is not bytes.
 */
export function parseSafetensors(
  file: Bytes,
  options: { readonly what?: string } = {},
): Safetensors {
  const { what = 'the safetensors file' } = options;
  const bytes = toBytes(file, what);
  const { entries, metadata } = readHeader(bytes, what);
  const skipped = entries.filter(isCounter);
  const tensors = entries
    .filter((entry) => !isCounter(entry))
    .map((entry) => [entry.name, new Tensor(entry.shape, readData(bytes, entry, what))] as const);
  return { tensors: new Map(tensors), skipped: skipped.map(({ name }) => name), metadata };
}

const byteLength = ({ data }: Tensor) => data.byteLength;

/**
 * A safetensors file with the tensors in the order given; float64 data comes first, so that everything is
 * aligned. Throws a `file` error for a name that occurs twice and for `__metadata__`.
 */
export function serialiseSafetensors(
  tensors: Iterable<readonly [string, Constant]>,
  metadata: Iterable<readonly [string, string]> = [],
): Uint8Array {
  const what = 'the safetensors file';
  const all = [...tensors].map(([name, constant]) => [name, materialise(constant)] as const);
  const byAlignment = [...all].sort(
    ([, a], [, b]) => Number(b.dtype > a.dtype) - Number(a.dtype > b.dtype),
  );
  const offsets = new Map<string, number>();
  let size = 0;
  for (const [name, tensor] of byAlignment) {
    const quoted = JSON.stringify(name);
    if (name === '__metadata__') throw fileError(what, `a tensor cannot be called ${quoted}`);
    if (offsets.has(name)) throw fileError(what, `two tensors are called ${quoted}`);
    offsets.set(name, size);
    size += byteLength(tensor);
  }
  // Written by hand: an object would move keys such as "0" to the front.
  const fields = all.map(([name, tensor]) => {
    const begin = offsets.get(name)!;
    const dtype = tensor.dtype === 'f32' ? 'F32' : 'F64';
    const entry = { dtype, shape: tensor.shape, data_offsets: [begin, begin + byteLength(tensor)] };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  const texts = [...metadata].map(
    ([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`,
  );
  if (texts.length > 0) fields.unshift(`"__metadata__":{${texts.join(',')}}`);
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerSize = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + headerSize + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerSize), true);
  file.fill(0x20, 8, 8 + headerSize);
  file.set(header, 8);
  for (const [name, { data }] of all) {
    const part = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    file.set(part, 8 + headerSize + offsets.get(name)!);
  }
  return file;
}
