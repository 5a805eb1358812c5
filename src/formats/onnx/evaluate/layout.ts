/** Rearrangements of constants. */
import { elementCount, shapeError, unsupported, type StaticShape } from '../../../../ir/index.ts';
import { int, intList } from '../onnx-node.ts';
import { axisOf, pick, plainInts, scalar, withShape, type Static } from '../static.ts';
import { need, type Evaluate } from './context.ts';
import { slicesOf } from './slice.ts';
import { squeezed, unsqueezed } from './squeeze.ts';

/** Row-major strides. */
export const stridesOf = (shape: StaticShape): number[] =>
  shape.map((_, i) => elementCount(shape.slice(i + 1)));

/** Picks element start + sum of index times step, for every index into `shape`. */
export function pickStrided(
  x: Static,
  start: number,
  steps: readonly number[],
  shape: StaticShape,
  size: number,
): Static {
  const index = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    let [rest, at] = [i, start];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * steps[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    index[i] = at;
  }
  return pick(x, index, shape);
}

const transpose: Evaluate = (inputs, node, { size }) => {
  const x = need(inputs, 0);
  const rank = x.shape.length;
  const perm = intList(node, 'perm') ?? x.shape.map((_, i) => rank - 1 - i);
  if (perm.length !== rank || new Set(perm.map((axis) => axisOf(axis, rank))).size !== rank) {
    throw shapeError(`perm=[${perm.join(',')}] is no order of ${rank} axes`);
  }
  const strides = stridesOf(x.shape);
  const shape = perm.map((axis) => x.shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  return pickStrided(x, 0, steps, shape, size(shape));
};

const gather: Evaluate = (inputs, node, { size }) => {
  const [x, at] = [need(inputs, 0), need(inputs, 1)];
  const axis = axisOf(int(node, 'axis', 0), x.shape.length);
  const [along, inner] = [x.shape[axis]!, elementCount(x.shape.slice(axis + 1))];
  const indices = plainInts(at, 'indices').map((i) => axisOf(i, along));
  const shape = [...x.shape.slice(0, axis), ...at.shape, ...x.shape.slice(axis + 1)];
  const index = Uint32Array.from({ length: size(shape) }, (_, i) => {
    const block = Math.floor(i / inner);
    const outer = Math.floor(block / indices.length);
    return (outer * along + indices[block % indices.length]!) * inner + (i % inner);
  });
  return pick(x, index, shape);
};

const concat: Evaluate = (inputs, node, { size }) => {
  const parts = inputs.map((_, i) => need(inputs, i));
  const first = need(parts, 0);
  const axis = axisOf(int(node, 'axis', 0), first.shape.length);
  for (const { shape, kind } of parts) {
    const fits = shape.length === first.shape.length && kind === first.kind;
    if (!fits || shape.some((d, i) => i !== axis && d !== first.shape[i])) {
      throw shapeError(`[${shape.join(',')}] does not fit to [${first.shape.join(',')}]`);
    }
  }
  const along = parts.reduce((total, { shape }) => total + shape[axis]!, 0);
  const shape = first.shape.map((d, i) => (i === axis ? along : d));
  size(shape);
  const inner = elementCount(first.shape.slice(axis + 1));
  const outer = elementCount(first.shape.slice(0, axis));
  const rows: Static[] = [];
  for (let row = 0; row < outer; row++) {
    for (const part of parts) {
      const length = part.shape[axis]! * inner;
      const index = Uint32Array.from({ length }, (_, i) => row * length + i);
      rows.push(pick(part, index, [length]));
    }
  }
  return joined(first, rows, shape);
};

function joined(like: Static, rows: readonly Static[], shape: StaticShape): Static {
  if (like.kind === 'ints') return { ...like, shape, data: rows.flatMap((row) => [...row.data]) };
  const data = like.data instanceof Float64Array ? Float64Array : Float32Array;
  const all = new data(elementCount(shape));
  let at = 0;
  for (const row of rows) {
    all.set(row.data as Float64Array, at);
    at += row.data.length;
  }
  return { ...like, shape, data: all };
}

const slice: Evaluate = (inputs, node, { opset, size }) => {
  const x = need(inputs, 0);
  const [shape, strides] = [[...x.shape], stridesOf(x.shape)];
  const steps = [...strides];
  let from = 0;
  for (const { axis, ...given } of slicesOf((i) => inputs[i] ?? null, node, opset, shape.length)) {
    const along = x.shape[axis]!;
    const clamp = (at: number, low: number, high: number) =>
      Math.min(Math.max(at < 0 ? at + along : at, low), high);
    const back = Number(given.step < 0);
    const start = clamp(given.start, 0, along - back);
    const end = clamp(given.end, -back, along - back);
    shape[axis] = Math.max(0, Math.ceil((end - start) / given.step));
    steps[axis] = strides[axis]! * given.step;
    from += strides[axis]! * start;
  }
  return pickStrided(x, from, steps, shape, size(shape));
};

const reshape: Evaluate = (inputs, node) => {
  const x = need(inputs, 0);
  const wanted = plainInts(need(inputs, 1), 'the shape');
  const copies = int(node, 'allowzero', 0) === 0;
  const shape = wanted.map((d, i) => (d === 0 && copies ? (x.shape[i] ?? 0) : d));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = x.data.length / elementCount(shape.filter((d) => d !== -1));
  if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
    throw shapeError(`[${x.shape.join(',')}] cannot take the shape [${wanted.join(',')}]`);
  }
  return withShape(x, shape);
};

export const layout: Readonly<Record<string, Evaluate>> = {
  Identity: (inputs) => need(inputs, 0),
  Dropout(inputs) {
    if (inputs[2] && scalar(inputs[2], 'training_mode') !== 0) throw unsupported('drops constants');
    return need(inputs, 0);
  },
  Transpose: transpose,
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Reshape: reshape,
  Flatten: (inputs, node) => {
    const x = need(inputs, 0);
    const axis = int(node, 'axis', 1);
    const split = axis < 0 ? axis + x.shape.length : axis;
    return withShape(x, [
      elementCount(x.shape.slice(0, split)),
      elementCount(x.shape.slice(split)),
    ]);
  },
  Squeeze: (inputs, node, { opset }) => {
    const x = need(inputs, 0);
    return withShape(x, squeezed(x.shape, inputs[1] ?? null, node, opset) as StaticShape);
  },
  Unsqueeze: (inputs, node, { opset }) => {
    const x = need(inputs, 0);
    return withShape(x, unsqueezed(x.shape, inputs[1] ?? null, node, opset) as StaticShape);
  },
};
