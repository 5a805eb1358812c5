/** Constants made from others: casts, ranges, fills, selections. */
import { elementCount, leastOf, shapeError, unsupported } from '../../../../ir/index.ts';
import { narrowToBfloat, narrowToHalf, widenBfloat, widenHalf } from '../../half.ts';
import { int, tensorProto, text } from '../onnx-node.ts';
import { TensorProto_DataType as Type } from '../schema/onnx_pb.ts';
import { arrayLike, axisOf, floats, ints, pick, plainInts, scalar } from '../static.ts';
import type { Floats, Static } from '../static.ts';
import { isFloatType, readTensor, typeName } from '../tensor-proto.ts';
import { need, type Evaluate, type EvaluationContext } from './context.ts';
import { broadcastIndex, commonShape } from './elementwise.ts';
import { stridesOf } from './layout.ts';

const ofNumbers = (data: readonly number[], { dtype }: EvaluationContext) =>
  dtype === 'f64' ? Float64Array.from(data) : Float32Array.from(data);

const constant: Evaluate = (_, node, context) => {
  const { attributes } = node;
  const tensor = tensorProto(node, 'value');
  if (tensor) return readTensor(tensor, context.dtype);
  const [f, fs] = [attributes.get('value_float'), attributes.get('value_floats')];
  const [i, is] = [attributes.get('value_int'), attributes.get('value_ints')];
  if (f) return floats(ofNumbers([f.f], context), []);
  if (fs) return floats(ofNumbers(fs.floats, context));
  if (i) return ints([Number(i.i)], []);
  if (is) return ints(is.ints.map(Number));
  if (attributes.size > 0) throw unsupported(`holds ${[...attributes.keys()].join(', ')}`);
  throw shapeError('holds nothing');
};

/** The numbers as a type of 16 bits holds them; others as they are. */
function roundTo(type: number, data: Floats['data']): Floats['data'] {
  if (type !== Type.FLOAT16 && type !== Type.BFLOAT16) return data;
  const isHalf = type === Type.FLOAT16;
  const rounded = isHalf ? widenHalf(narrowToHalf(data)) : widenBfloat(narrowToBfloat(data));
  return data instanceof Float64Array ? Float64Array.from(rounded) : rounded;
}

const bits = new Map<number, readonly [from: number, to: number]>([
  [Type.INT8, [-(2 ** 7), 2 ** 7]],
  [Type.UINT8, [0, 2 ** 8]],
  [Type.INT16, [-(2 ** 15), 2 ** 15]],
  [Type.UINT16, [0, 2 ** 16]],
  [Type.INT32, [-(2 ** 31), 2 ** 31]],
  [Type.UINT32, [0, 2 ** 32]],
]);

/** int64 holds all that counts; its ends stand for infinity. */
const fits = (value: number, type: number): boolean => {
  const [from, to] = bits.get(type) ?? [-Infinity, Infinity];
  return !Number.isNaN(value) && value >= from && (value < to || to === Infinity);
};

const cast: Evaluate = (inputs, node, context) => {
  const x = need(inputs, 0);
  const to = int(node, 'to', 0);
  if (isFloatType(to)) {
    const wide = x.kind === 'floats' ? x.data : ofNumbers(plainInts(x, 'what is cast'), context);
    return floats(roundTo(to, wide), x.shape);
  }
  if (to === Type.STRING) throw unsupported('casts to strings');
  context.size(x.shape);
  const whole = (value: number) => {
    if (to === Type.BOOL) return Number(value !== 0);
    if (fits(Math.trunc(value), to)) return Math.trunc(value);
    throw unsupported(`casts ${value} to ${typeName(to)}, which does not hold it`);
  };
  // A size is never 0, and so true; what is computed from sizes may be.
  const open = (symbol: string) => {
    if (to !== Type.BOOL) return symbol;
    if (leastOf(symbol) > 0) return 1;
    throw unsupported(`cannot tell whether ${symbol} is 0`);
  };
  const data = Array.from<number | string, number | string>(x.data, (d) =>
    typeof d === 'number' ? whole(d) : open(d),
  );
  return ints(data, x.shape);
};

/** To a floating-point type, or not: which one is not kept. */
const castLike: Evaluate = (inputs, _, context) => {
  const [x, like] = [need(inputs, 0), need(inputs, 1)];
  if (like.kind === x.kind) return x;
  if (like.kind === 'ints') throw unsupported('to integers is not supported');
  return floats(ofNumbers(plainInts(x, 'what is cast'), context), x.shape);
};

const constantOfShape: Evaluate = (inputs, node, context) => {
  const shape = plainInts(need(inputs, 0), 'the shape');
  const size = context.size(shape);
  const tensor = tensorProto(node, 'value');
  const value = tensor ? readTensor(tensor, context.dtype) : floats(ofNumbers([0], context));
  if (value.data.length !== 1) throw shapeError('must have one value');
  return pick(value, new Uint8Array(size), shape);
};

const range: Evaluate = (inputs, _, context) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => scalar(need(inputs, i), 'a bound')) as [
    number,
    number,
    number,
  ];
  if (delta === 0) throw shapeError('has a step of 0');
  const size = context.size([Math.max(0, Math.ceil((limit - start) / delta))]);
  const data = Array.from({ length: size }, (_unused, i) => start + i * delta);
  return inputs[0]!.kind === 'ints' ? ints(data) : floats(ofNumbers(data, context));
};

const expand: Evaluate = (inputs, _, { size }) => {
  const [x, wanted] = [need(inputs, 0), plainInts(need(inputs, 1), 'the shape')];
  const shape = commonShape(x.shape, wanted);
  return pick(x, broadcastIndex(x.shape, shape, size(shape)), shape);
};

const where: Evaluate = (inputs, _, { size }) => {
  const [condition, a, b] = [need(inputs, 0), need(inputs, 1), need(inputs, 2)];
  if (a.kind !== b.kind) throw shapeError('chooses between integers and floats');
  const shape = commonShape(condition.shape, a.shape, b.shape);
  const count = size(shape);
  const spread = (x: Static) => pick(x, broadcastIndex(x.shape, shape, count), shape);
  const [c, yes, no] = [spread(condition), spread(a), spread(b)];
  if (yes.kind === 'ints') {
    const data = yes.data.map((d, i) => (c.data[i] === 0 ? (no.data[i] as typeof d) : d));
    return ints(data, shape);
  }
  return floats(
    yes.data.map((d, i) => (c.data[i] === 0 ? (no.data[i] as number) : d)),
    shape,
  );
};

const scatterNd: Evaluate = (inputs, node, { size }) => {
  const reduction = text(node, 'reduction', 'none');
  if (reduction !== 'none') throw unsupported(`reduction=${reduction} is not supported`);
  const [x, at, updates] = [need(inputs, 0), need(inputs, 1), need(inputs, 2)];
  const depth = at.shape.at(-1) ?? 0;
  if (depth > x.shape.length || x.kind !== updates.kind) throw shapeError('does not fit');
  const indices = plainInts(at, 'indices');
  const block = elementCount(x.shape.slice(depth));
  const count = depth === 0 ? 0 : indices.length / depth;
  if (updates.data.length !== count * block) throw shapeError('has updates of another size');
  size(x.shape);
  const strides = stridesOf(x.shape);
  const source = Array.from<number | string>(x.data);
  for (let i = 0; i < count; i++) {
    let to = 0;
    for (let k = 0; k < depth; k++) {
      to += axisOf(indices[i * depth + k]!, x.shape[k]!) * strides[k]!;
    }
    for (let k = 0; k < block; k++) source[to + k] = updates.data[i * block + k]!;
  }
  if (x.kind === 'ints') return ints(source, x.shape);
  const data = arrayLike(x.data, source.length);
  data.set(source as number[]);
  return floats(data, x.shape);
};

export const makers: Readonly<Record<string, Evaluate>> = {
  Constant: constant,
  Cast: cast,
  ConstantOfShape: constantOfShape,
  Range: range,
  Expand: expand,
  Where: where,
  ScatterND: scatterNd,
  CastLike: castLike,
};
