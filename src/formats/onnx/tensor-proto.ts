/** ONNX's tensors, in each of the ways in which they hold their data. */
import {
  elementCount,
  shapeError,
  unsupported,
  type DType,
  type StaticShape,
} from '../../../ir/index.ts';
import { viewFloat32, viewFloat64 } from '../floats.ts';
import { widenBfloat, widenHalf } from '../half.ts';
import { TensorProto_DataType as Type } from './schema/onnx_pb.ts';
import type { TensorProto } from './schema/onnx_pb.ts';
import { floats, ints, type Floats, type Static } from './static.ts';

const names = new Map<number, string>(Object.entries(Type).map(([name, value]) => [value, name]));

/** `FLOAT16`, or the number of a type that came after the schema. */
export const typeName = (type: number): string => names.get(type) ?? `type ${type}`;

export const isFloatType = (type: number): boolean =>
  type === Type.FLOAT || type === Type.DOUBLE || type === Type.FLOAT16 || type === Type.BFLOAT16;

/** How many bytes an integer takes, and how `DataView` reads it. */
const integers = new Map<number, [bytes: number, read: (view: DataView, at: number) => number]>([
  [Type.INT64, [8, (view, at) => Number(view.getBigInt64(at, true))]],
  [Type.UINT64, [8, (view, at) => Number(view.getBigUint64(at, true))]],
  [Type.INT32, [4, (view, at) => view.getInt32(at, true)]],
  [Type.UINT32, [4, (view, at) => view.getUint32(at, true)]],
  [Type.INT16, [2, (view, at) => view.getInt16(at, true)]],
  [Type.UINT16, [2, (view, at) => view.getUint16(at, true)]],
  [Type.INT8, [1, (view, at) => view.getInt8(at)]],
  [Type.UINT8, [1, (view, at) => view.getUint8(at)]],
  [Type.BOOL, [1, (view, at) => view.getUint8(at)]],
]);

/** Undefined for types that are not numbers of whole bytes. */
export const bytesPerElement = (type: number): number | undefined => {
  if (isFloatType(type)) return type === Type.DOUBLE ? 8 : type === Type.FLOAT ? 4 : 2;
  return integers.get(type)?.[0];
};

function shapeOf({ dims }: TensorProto): StaticShape {
  const shape = dims.map(Number);
  if (shape.every((d) => Number.isSafeInteger(d) && d >= 0)) return shape;
  throw shapeError(`has the impossible shape [${dims.join(',')}]`);
}

function expectSize(given: number, wanted: number, unit: string): void {
  if (given !== wanted) throw shapeError(`has ${given} ${unit}, but its shape takes ${wanted}`);
}

function rawFloats(type: number, raw: Uint8Array): Floats['data'] {
  if (type === Type.FLOAT16) return widenHalf(raw);
  if (type === Type.BFLOAT16) return widenBfloat(raw);
  return type === Type.DOUBLE ? viewFloat64(raw) : viewFloat32(raw);
}

/** 16-bit floats that are not raw stand in int32_data, one each. */
function listedHalves({ dataType, int32Data }: TensorProto): Float32Array {
  const bits = Uint16Array.from(int32Data);
  return rawFloats(dataType, new Uint8Array(bits.buffer)) as Float32Array;
}

function readFloats(proto: TensorProto, size: number): Floats['data'] {
  const { dataType: type, rawData } = proto;
  const bytes = bytesPerElement(type) as 8 | 4 | 2;
  if (rawData.length > 0) {
    expectSize(rawData.length, size * bytes, 'bytes');
    return rawFloats(type, rawData);
  }
  const lists = { 8: proto.doubleData, 4: proto.floatData, 2: proto.int32Data };
  expectSize(lists[bytes].length, size, 'elements');
  if (bytes === 2) return listedHalves(proto);
  return bytes === 8 ? Float64Array.from(proto.doubleData) : Float32Array.from(proto.floatData);
}

function readInts(proto: TensorProto, size: number): number[] {
  const { dataType: type, rawData } = proto;
  const integer = integers.get(type);
  if (!integer) throw unsupported(`is ${typeName(type)}, which is not supported`);
  const [bytes, read] = integer;
  if (rawData.length > 0) {
    expectSize(rawData.length, size * bytes, 'bytes');
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({ length: size }, (_, i) => read(view, i * bytes));
  }
  const wide = type === Type.UINT64 || type === Type.UINT32 ? proto.uint64Data : proto.int64Data;
  const list = bytes === 8 || type === Type.UINT32 ? wide : proto.int32Data;
  expectSize(list.length, size, 'elements');
  return Array.from(list, Number);
}

/**
 * The tensor; floats of any width in `dtype`. A view of the file where nothing is converted and its place
 * is aligned. Throws a `shape` error without the tensor's name if its sizes contradict each other, and an
 * `unsupported` one for types that are not numbers.
 */
export function readTensor(proto: TensorProto, dtype: DType): Static {
  const shape = shapeOf(proto);
  const size = elementCount(shape);
  if (!isFloatType(proto.dataType)) return ints(readInts(proto, size), shape);
  const data = readFloats(proto, size);
  if (dtype === 'f64') return floats(Float64Array.from(data), shape);
  return floats(data instanceof Float32Array ? data : Float32Array.from(data), shape);
}
