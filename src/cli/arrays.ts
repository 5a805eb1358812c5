/** Tensors as files: NumPy's .npy, and bare little-endian float32. */
import { extname } from 'node:path';
import { dump, parse } from 'npyjs';
import {
  elementCount,
  isStatic,
  printShape,
  ReparamError,
  Tensor,
  type Shape,
} from '../../ir/index.ts';

export const rawExtensions = ['.raw', '.bin', '.f32'];
export const arrayExtensions = ['.npy', ...rawExtensions];

export const isArrayFile = (path: string): boolean =>
  arrayExtensions.includes(extname(path).toLowerCase());

const refuse = (path: string, reason: string, cause?: unknown) =>
  new ReparamError('file', `${path}: ${reason}`, path, { cause });

/** Any of NumPy's real types as float32, in C order. Throws a `file` error that names the file. */
export function parseNpy(bytes: Uint8Array, path: string): Tensor {
  let array: ReturnType<typeof parse>;
  try {
    // The parser takes a whole buffer; the slice of a Buffer would still be part of another.
    array = parse(Uint8Array.from(bytes).buffer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(path, `is not a NumPy array, or is truncated: ${reason}`, error);
  }
  const { shape, dtype, fortranOrder } = array;
  const values = array.data as unknown as ArrayLike<number | bigint | boolean | string>;
  if (!/^([iu][1248]|f[248]|b1)$/.test(dtype)) {
    throw refuse(path, `has elements of type ${dtype}; save it with astype('float32')`);
  }
  if (fortranOrder && shape.length > 1) {
    throw refuse(path, 'is in Fortran order; save numpy.ascontiguousarray(x)');
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw refuse(path, `has the impossible shape ${printShape(shape)}`);
  }
  const count = elementCount(shape);
  if (values.length !== count) {
    throw refuse(
      path,
      `has ${values.length} elements, but its shape ${printShape(shape)} takes ${count}`,
    );
  }
  return new Tensor(shape, Float32Array.from(values as ArrayLike<number>, Number));
}

/** Elements for the given shape, of which one size may be open. */
export function parseRaw(bytes: Uint8Array, shape: Shape, path: string): Tensor {
  const known = shape.filter((size) => typeof size === 'number').reduce((a, b) => a * b, 1);
  const open = shape.filter((size) => typeof size === 'string').length;
  const count = bytes.length / 4;
  const fits = open === 0 ? count === known : open === 1 && count > 0 && count % known === 0;
  if (!fits) {
    const remedy = open > 1 ? '; give its sizes with --shape' : '';
    throw refuse(
      path,
      `has ${bytes.length} bytes, which do not fill float32${printShape(shape)}${remedy}`,
    );
  }
  const sizes = shape.map((size) => (typeof size === 'number' ? size : count / known));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  return new Tensor(sizes, data);
}

/** The file's content, by its extension. */
export function encodeArray(tensor: Tensor, path: string): Uint8Array {
  const { shape } = tensor;
  if (!isStatic(shape)) throw refuse(path, 'has open sizes');
  const data = Float32Array.from(tensor.data);
  if (extname(path).toLowerCase() === '.npy') return new Uint8Array(dump(data, [...shape]));
  const bytes = new DataView(new ArrayBuffer(4 * data.length));
  data.forEach((value, i) => bytes.setFloat32(4 * i, value, true));
  return new Uint8Array(bytes.buffer);
}
