/** Tensors and attributes as ONNX holds them. */
import { create } from '@bufbuild/protobuf';
import { materialise, unsupported } from '../../../ir/index.ts';
import type { Constant, DType, Shape, Value } from '../../../ir/index.ts';
import { narrowToBfloat, narrowToHalf } from '../half.ts';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema } from './schema/onnx_pb.ts';
import { TensorProto_DataType as Type, TensorProtoSchema } from './schema/onnx_pb.ts';
import { TensorShapeProto_DimensionSchema, TensorShapeProtoSchema } from './schema/onnx_pb.ts';
import { TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema } from './schema/onnx_pb.ts';
import type {
  AttributeProto,
  TensorProto,
  TensorShapeProto,
  ValueInfoProto,
} from './schema/onnx_pb.ts';

/** A `TensorProto.DataType`. */
export const elementType: Readonly<Record<DType, number>> = { f32: Type.FLOAT, f64: Type.DOUBLE };

const bytesOf = (data: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Throws where a finite number is too large for 16 bits, rather than writing infinity. */
function toHalf(data: Float32Array | Float64Array): Uint8Array {
  const large = data.find((value) => Math.abs(value) >= 65_520 && Number.isFinite(value));
  if (large !== undefined) {
    throw unsupported(`has ${large} among its weights, which float16 cannot hold; use float32`);
  }
  return narrowToHalf(data);
}

function encode(data: Float32Array | Float64Array, element: number): Uint8Array {
  if (element === Type.FLOAT16) return toHalf(data);
  if (element === Type.BFLOAT16) return narrowToBfloat(data);
  const isWide = element === Type.DOUBLE;
  if (data instanceof Float64Array) return bytesOf(isWide ? data : Float32Array.from(data));
  return bytesOf(isWide ? Float64Array.from(data) : data);
}

/** Rounded to the element type, a `TensorProto.DataType`; by default the constant's own. */
export function floatTensor(name: string, constant: Constant, element?: number): TensorProto {
  const { dtype, shape, data } = materialise(constant);
  const dataType = element ?? elementType[dtype];
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType,
    rawData: encode(data, dataType),
  });
}

/** Integers beyond 2^53, which ends of slices are, become the largest. */
const wideInt = (value: number): bigint => {
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
};

export function intTensor(
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): TensorProto {
  const data = BigInt64Array.from(values, wideInt);
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: Type.INT64,
    rawData: new Uint8Array(data.buffer),
  });
}

/** Text, an integer, a list of integers; a float is given as `{ float }`. */
export type OnnxAttr = string | number | readonly number[] | { readonly float: number };

export function attribute(name: string, value: OnnxAttr): AttributeProto {
  if (typeof value === 'string') {
    const s = new TextEncoder().encode(value);
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s });
  }
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
}

export function shapeProto(shape: Shape): TensorShapeProto {
  const dim = shape.map((d) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof d === 'number'
          ? { case: 'dimValue', value: BigInt(d) }
          : { case: 'dimParam', value: d },
    }),
  );
  return create(TensorShapeProtoSchema, { dim });
}

/** An input or output of the graph; open sizes keep their symbols. */
export function valueInfo(name: string, { dtype, shape }: Value): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, {
    elemType: elementType[dtype],
    shape: shapeProto(shape),
  });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}
