/** Sparse initializers, written out. */
import { elementCount, ReparamError, Tensor } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { stridesOf } from './evaluate/index.ts';
import type { SparseTensorProto, TensorProto } from './schema/onnx_pb.ts';
import { plainInts, type Floats } from './static.ts';
import { isFloatType, readTensor } from './tensor-proto.ts';
import { floatTensor } from './write-tensor.ts';

/** A few bytes must not ask for more than any network has. */
const MAX_ELEMENTS = 2 ** 28;

/** The same tensor with its zeros. Throws a `file` error that names it. */
export function dense(sparse: SparseTensorProto, what: string): TensorProto {
  const name = sparse.values?.name ?? '';
  try {
    return expand(sparse);
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    throw fileError(what, `the sparse initializer "${name}" ${error.message}`, error);
  }
}

function expand({ values, indices, dims }: SparseTensorProto): TensorProto {
  const shape = dims.map(Number);
  const size = elementCount(shape);
  if (!values || !indices || !isFloatType(values.dataType) || !(size <= MAX_ELEMENTS)) {
    throw new ReparamError('shape', `of [${shape.join(',')}] is malformed, too large or no floats`);
  }
  const places = plainInts(readTensor(indices, 'f32'), 'the indices');
  const strides = indices.dims.length === 2 ? stridesOf(shape) : [1];
  const { data } = readTensor(values, 'f64') as Floats;
  if (places.length !== data.length * strides.length) {
    throw new ReparamError('shape', `has ${data.length} values for ${places.length} indices`);
  }
  const all = new Float64Array(size);
  data.forEach((value, i) => {
    const at = strides.reduce((sum, step, k) => sum + step * places[i * strides.length + k]!, 0);
    if (!(at >= 0 && at < size)) throw new ReparamError('shape', `has the index ${at} of ${size}`);
    all[at] = value;
  });
  return floatTensor(values.name, new Tensor(shape, all), values.dataType);
}
