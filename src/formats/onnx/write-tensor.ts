/** Tensors and attributes as ONNX holds them. */
import { create } from '@bufbuild/protobuf';
import { materialise, type Constant, type DType, type Value } from '../../../ir/index.ts';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema } from './schema/onnx_pb.ts';
import { TensorProto_DataType as Type, TensorProtoSchema } from './schema/onnx_pb.ts';
import { TensorShapeProto_DimensionSchema, TensorShapeProtoSchema } from './schema/onnx_pb.ts';
import { TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema } from './schema/onnx_pb.ts';
import type { AttributeProto, TensorProto, ValueInfoProto } from './schema/onnx_pb.ts';

const elementType: Record<DType, number> = { f32: Type.FLOAT, f64: Type.DOUBLE };

export function floatTensor(name: string, constant: Constant): TensorProto {
  const { dtype, shape, data } = materialise(constant);
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: elementType[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

export function intTensor(name: string, values: readonly number[]): TensorProto {
  const data = BigInt64Array.from(values, BigInt);
  return create(TensorProtoSchema, {
    name,
    dims: [BigInt(values.length)],
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

/** An input or output of the graph; open sizes keep their symbols. */
export function valueInfo(name: string, { dtype, shape }: Value): ValueInfoProto {
  const dim = shape.map((d) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof d === 'number'
          ? { case: 'dimValue', value: BigInt(d) }
          : { case: 'dimParam', value: d },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: elementType[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}
