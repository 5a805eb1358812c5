/** Constants repeated, cut and surrounded. */
import { elementCount, shapeError, unsupported } from '../../../../ir/index.ts';
import { float, int, intList, text } from '../onnx-node.ts';
import { axisOf, floats, ints, pick, plainInts, scalar, type Static } from '../static.ts';
import { need, type Evaluate, type EvaluateAll } from './context.ts';
import { pickStrided, stridesOf } from './layout.ts';

/** Several outputs. */
const split: EvaluateAll = (inputs, node, { opset, size }) => {
  const x = need(inputs, 0);
  const axis = axisOf(int(node, 'axis', 0), x.shape.length);
  const along = x.shape[axis]!;
  const count = node.outputs.length;
  const given = opset < 13 ? intList(node, 'split') : inputs[1] && plainInts(inputs[1], 'split');
  const each = Math.ceil(along / count);
  const sizes = given ?? node.outputs.map((_, i) => Math.min(each, along - i * each));
  const total = sizes.reduce((a, b) => a + b, 0);
  if (sizes.length !== count || total !== along || sizes.some((d) => d < 0)) {
    throw shapeError(`cannot split ${along} into ${sizes.join(', ')}`);
  }
  const strides = stridesOf(x.shape);
  let from = 0;
  return sizes.map((d): Static => {
    const shape = x.shape.with(axis, d);
    const part = pickStrided(x, from * strides[axis]!, strides, shape, size(shape));
    from += d;
    return part;
  });
};

/** For each element of the result its place in x, of which `place` tells the index along an axis; -1 where it has none. */
function pickEach(
  x: Static,
  shape: readonly number[],
  size: number,
  place: (index: number, axis: number) => number,
): Int32Array {
  const strides = stridesOf(x.shape);
  return Int32Array.from({ length: size }, (_, i) => {
    let [rest, at] = [i, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const from = place(rest % shape[axis]!, axis);
      if (from < 0 || from >= x.shape[axis]!) return -1;
      at += from * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return at;
  });
}

const tile: Evaluate = (inputs, _, { size }) => {
  const x = need(inputs, 0);
  const repeats = plainInts(need(inputs, 1), 'repeats');
  if (repeats.length !== x.shape.length) throw shapeError(`has ${repeats.length} repeats`);
  const shape = x.shape.map((d, i) => d * repeats[i]!);
  return pick(
    x,
    pickEach(x, shape, size(shape), (i, axis) => i % x.shape[axis]!),
    shape,
  );
};

/** Negative pads crop. */
const pad: Evaluate = (inputs, node, { opset, size }) => {
  const x = need(inputs, 0);
  if (text(node, 'mode', 'constant') !== 'constant') throw unsupported('pads with no constant');
  const rank = x.shape.length;
  const listed = opset < 11 ? (intList(node, 'pads') ?? []) : plainInts(need(inputs, 1), 'pads');
  const axes = inputs[3]
    ? plainInts(inputs[3], 'axes').map((axis) => axisOf(axis, rank))
    : x.shape.map((_, i) => i);
  if (listed.length !== 2 * axes.length) throw shapeError(`has ${listed.length} pads`);
  const before = x.shape.map(() => 0);
  const shape = [...x.shape];
  axes.forEach((axis, i) => {
    before[axis] = listed[i]!;
    shape[axis]! += listed[i]! + listed[i + axes.length]!;
  });
  const from = pickEach(x, shape, size(shape), (i, axis) => i - before[axis]!);
  const constant = opset < 11 ? float(node, 'value', 0) : undefined;
  const value = constant ?? (inputs[2] ? scalar(inputs[2], 'the padding value') : 0);
  const picked = pick(
    x,
    from.map((at) => Math.max(at, 0)),
    shape,
  );
  if (picked.kind === 'ints') {
    return ints(
      picked.data.map((d, i) => (from[i]! < 0 ? value : d)),
      shape,
    );
  }
  return floats(
    picked.data.map((d, i) => (from[i]! < 0 ? value : d)),
    shape,
  );
};

const gatherNd: Evaluate = (inputs, node, { size }) => {
  const [x, at] = [need(inputs, 0), need(inputs, 1)];
  if (int(node, 'batch_dims', 0) !== 0) throw unsupported('batch_dims is not supported');
  const depth = at.shape.at(-1) ?? 0;
  if (depth < 1 || depth > x.shape.length) throw shapeError('has indices of another rank');
  const [strides, indices] = [stridesOf(x.shape), plainInts(at, 'indices')];
  const block = elementCount(x.shape.slice(depth));
  const shape = [...at.shape.slice(0, -1), ...x.shape.slice(depth)];
  const starts = Array.from({ length: indices.length / depth }, (_, i) =>
    indices
      .slice(i * depth, (i + 1) * depth)
      .reduce((sum, index, k) => sum + axisOf(index, x.shape[k]!) * strides[k]!, 0),
  );
  const from = Uint32Array.from({ length: size(shape) }, (_, i) => {
    return starts[Math.floor(i / block)]! + (i % block);
  });
  return pick(x, from, shape);
};

export const parts: Readonly<Record<string, EvaluateAll>> = {
  Split: split,
  Tile: tile,
  Pad: pad,
  GatherND: gatherNd,
};
