/** Weights as expressions: each row is computed in float64 from rows of its parts. */
import { at, Lazy, readRow, rowLength, toFloat64 } from '../ir/index.ts';
import type { Constant, DType, StaticShape } from '../ir/index.ts';

/** A vector [n] given by element. */
export const vector = (n: number, element: (i: number) => number, dtype: DType): Lazy => {
  const row: Lazy['row'] = (i, out) => {
    out[0] = element(i);
  };
  return new Lazy([n], row, dtype);
};

/** Row o of w times s[o]. */
export function scaleRows(w: Constant, s: (o: number) => number): Lazy {
  const length = rowLength(w.shape);
  const row: Lazy['row'] = (o, out) => {
    readRow(w, o, out);
    const factor = s(o);
    for (let i = 0; i < length; i++) out[i]! *= factor;
  };
  return new Lazy(w.shape, row, w.dtype);
}

/** Transposed weights w [c, m/group, ...], what gives output channel o times s(o). */
export function scaleOutputs(w: Constant, group: number, s: (o: number) => number): Lazy {
  const [channels, perGroup] = w.shape as [number, number];
  const taps = rowLength(w.shape) / perGroup;
  const row: Lazy['row'] = (c, out) => {
    readRow(w, c, out);
    const first = Math.floor(c / (channels / group)) * perGroup;
    for (let i = 0; i < perGroup * taps; i++) out[i]! *= s(first + Math.floor(i / taps));
  };
  return new Lazy(w.shape, row, w.dtype);
}

/** The sum of constants of one shape. */
export function addAll(parts: readonly [Constant, ...Constant[]]): Lazy {
  const { shape, dtype } = parts[0];
  const length = rowLength(shape);
  const scratch = new Float64Array(length);
  // A part that occurs twice is read once, or else doubling n times would take 2^n steps.
  const times = new Map<Constant, number>();
  for (const part of parts) times.set(part, (times.get(part) ?? 0) + 1);
  const row: Lazy['row'] = (o, out) => {
    for (const [part, count] of times) {
      readRow(part, o, scratch);
      for (let i = 0; i < length; i++) out[i]! += count * scratch[i]!;
    }
  };
  return new Lazy(shape, row, dtype);
}

const once = new WeakMap<Lazy, Lazy>();

/** The same constant for several expressions to read: evaluated with the first row and kept in float64. */
export function evaluatedOnce(constant: Constant): Constant {
  if (!(constant instanceof Lazy)) return constant;
  const known = once.get(constant);
  if (known) return known;
  const { shape, dtype } = constant;
  const length = rowLength(shape);
  let values: Float64Array | null = null;
  const row: Lazy['row'] = (o, out) => {
    values ??= toFloat64(constant);
    out.set(values.subarray(o * length, (o + 1) * length));
  };
  const made = new Lazy(shape, row, dtype);
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
  const row: Lazy['row'] = (o, out) => {
    out[o % width] = s(o);
  };
  return new Lazy([channels, width, 1, 1], row, dtype);
}

/**
 * The kernel w [m, c/from, kh, kw] for `to` groups, where `to` divides `from`: block-diagonal within
 * each of the larger groups, [m, c/to, kh, kw].
 */
export function regroup(w: Constant, from: number, to: number): Constant {
  if (from === to) return w;
  const [m, narrow, kh, kw] = w.shape as [number, number, number, number];
  const block = narrow * kh * kw;
  const row: Lazy['row'] = (o, out) => {
    const group = Math.floor(o / (m / from));
    const start = (group % (from / to)) * block;
    readRow(w, o, out.subarray(start, start + block));
  };
  return new Lazy([m, (narrow * from) / to, kh, kw], row, w.dtype);
}

/** The kernel w [m, c, kh, kw] in a larger one, tap (i, j) at (rows[i], columns[j]). */
export function spread(
  w: Constant,
  kernel: readonly [number, number],
  rows: readonly number[],
  columns: readonly number[],
): Lazy {
  const [m, c] = w.shape as [number, number];
  const shape: StaticShape = [m, c, ...kernel];
  const small = new Float64Array(rowLength(w.shape));
  const row: Lazy['row'] = (o, out) => {
    readRow(w, o, small);
    for (let channel = 0; channel < c; channel++) {
      rows.forEach((y, i) =>
        columns.forEach((x, j) => {
          const from = (channel * rows.length + i) * columns.length + j;
          out[(channel * kernel[0] + y) * kernel[1] + x] = small[from]!;
        }),
      );
    }
  };
  return new Lazy(shape, row, w.dtype);
}
