/** Weights as expressions: each row is computed in float64 from rows of its parts. */
import { addRow, at, Lazy, readRow, rowLength, Tensor, toFloat64 } from '../ir/index.ts';
import type { Constant, DType, StaticShape } from '../ir/index.ts';

/** How deep expressions may stand in one another: evaluating them is a recursion. */
const MAX_DEPTH = 256;
const depths = new WeakMap<Constant, number>();

/** A constant made of others: `add` adds `factor` times row `index` to `out`. */
function expression(
  shape: StaticShape,
  parts: Iterable<Constant>,
  add: Lazy['add'],
  dtype: DType,
): Lazy {
  const made = new Lazy(shape, (index, out) => add(index, 1, out), dtype, add);
  let depth = 1;
  for (const part of parts) depth = Math.max(depth, 1 + (depths.get(part) ?? 0));
  if (depth > MAX_DEPTH) return unrounded(shape, toFloat64(made), dtype);
  depths.set(made, depth);
  return made;
}

/** Values that are there already, to be rounded to the dtype in the end. */
function unrounded(shape: StaticShape, values: Float64Array, dtype: DType): Lazy {
  const exact = new Tensor(shape, values);
  const add: Lazy['add'] = (index, factor, out) => addRow(exact, index, factor, out);
  return new Lazy(shape, (index, out) => readRow(exact, index, out), dtype, add);
}

/** A vector [n] given by element. It is small, and computed at once. */
export const vector = (n: number, element: (i: number) => number, dtype: DType): Lazy =>
  unrounded(
    [n],
    Float64Array.from({ length: n }, (_, i) => element(i)),
    dtype,
  );

/** Row o of w times s[o]. */
export const scaleRows = (w: Constant, s: (o: number) => number): Lazy =>
  expression(w.shape, [w], (o, factor, out) => addRow(w, o, factor * s(o), out), w.dtype);

/** Transposed weights w [c, m/group, ...], what gives output channel o times s(o). */
export function scaleOutputs(w: Constant, group: number, s: (o: number) => number): Lazy {
  const [channels, perGroup] = w.shape as [number, number];
  const taps = rowLength(w.shape) / perGroup;
  const length = perGroup * taps;
  const add: Lazy['add'] = (c, factor, out) => {
    const row = new Float64Array(length);
    addRow(w, c, factor, row);
    const first = Math.floor(c / (channels / group)) * perGroup;
    for (let i = 0; i < length; i++) out[i]! += row[i]! * s(first + Math.floor(i / taps));
  };
  return expression(w.shape, [w], add, w.dtype);
}

/** The sum of constants of one shape. */
export function addAll(parts: readonly [Constant, ...Constant[]]): Lazy {
  // A part that occurs twice is read once, or else doubling n times would take 2^n steps.
  const times = new Map<Constant, number>();
  for (const part of parts) times.set(part, (times.get(part) ?? 0) + 1);
  const add: Lazy['add'] = (o, factor, out) => {
    for (const [part, count] of times) addRow(part, o, count * factor, out);
  };
  return expression(parts[0].shape, times.keys(), add, parts[0].dtype);
}

const once = new WeakMap<Lazy, Lazy>();

/** The same constant for several expressions to read: evaluated with the first row and kept in float64. */
export function evaluatedOnce(constant: Constant): Constant {
  if (!(constant instanceof Lazy)) return constant;
  const known = once.get(constant);
  if (known) return known;
  let exact: Lazy | null = null;
  const { shape, dtype } = constant;
  const add: Lazy['add'] = (index, factor, out) => {
    exact ??= unrounded(shape, toFloat64(constant), dtype);
    exact.add(index, factor, out);
  };
  const made = expression(shape, [constant], add, dtype);
  once.set(constant, made);
  return made;
}

/** Element i of an optional vector; an absent one is zero. */
export const elementOr0 = (v: { readonly constant: Constant } | null, i: number): number =>
  v ? at(v.constant, i) : 0;

/** The 1x1 kernel [c, c/group, 1, 1] that multiplies channel i by s(i): s on each group's diagonal. */
export function diagonal(
  channels: number,
  group: number,
  s: (i: number) => number,
  dtype: DType,
): Lazy {
  const width = channels / group;
  const add: Lazy['add'] = (o, factor, out) => {
    out[o % width]! += factor * s(o);
  };
  return expression([channels, width, 1, 1], [], add, dtype);
}

/**
 * The kernel w [m, c/from, kh, kw] for `to` groups, where `to` divides `from`: block-diagonal within
 * each of the larger groups, [m, c/to, kh, kw].
 */
export function regroup(w: Constant, from: number, to: number): Constant {
  if (from === to) return w;
  const [m, narrow, kh, kw] = w.shape as [number, number, number, number];
  const block = narrow * kh * kw;
  const add: Lazy['add'] = (o, factor, out) => {
    const group = Math.floor(o / (m / from));
    const start = (group % (from / to)) * block;
    addRow(w, o, factor, out.subarray(start, start + block));
  };
  return expression([m, (narrow * from) / to, kh, kw], [w], add, w.dtype);
}

/** The kernel w [m, c, kh, kw] in a larger one, tap (i, j) at (rows[i], columns[j]). */
export function spread(
  w: Constant,
  kernel: readonly [number, number],
  rows: readonly number[],
  columns: readonly number[],
): Lazy {
  const [m, c] = w.shape as [number, number];
  const small = new Float64Array(rowLength(w.shape));
  const area = kernel[0] * kernel[1];
  const places = rows.flatMap((y) => columns.map((x) => y * kernel[1] + x));
  const add: Lazy['add'] = (o, factor, out) => {
    small.fill(0);
    addRow(w, o, factor, small);
    for (let channel = 0, from = 0; channel < c; channel++) {
      for (const place of places) out[channel * area + place]! += small[from++]!;
    }
  };
  return expression([m, c, ...kernel], [w], add, w.dtype);
}
