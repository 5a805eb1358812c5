/** Weights as expressions: each row is computed in float64 from rows of its parts. */
import { at, Lazy, readRow, rowLength, type Constant, type StaticShape } from '../ir/index.ts';

/** A vector [n] given by element. */
export const vector = (n: number, element: (i: number) => number): Lazy =>
  new Lazy([n], (i, out) => {
    out[0] = element(i);
  });

/** Row o of w times s[o]. */
export const scaleRows = (w: Constant, s: (o: number) => number): Lazy =>
  new Lazy(w.shape, (o, out) => {
    readRow(w, o, out);
    const [factor, length] = [s(o), rowLength(w.shape)];
    for (let i = 0; i < length; i++) out[i]! *= factor;
  });

/** The sum of constants of one shape. */
export function addAll(parts: readonly Constant[]): Lazy {
  const { shape } = parts[0]!;
  const length = rowLength(shape);
  const scratch = new Float64Array(length);
  return new Lazy(shape, (o, out) => {
    out.fill(0, 0, length);
    for (const part of parts) {
      scratch.fill(0);
      readRow(part, o, scratch);
      for (let i = 0; i < length; i++) out[i]! += scratch[i]!;
    }
  });
}

/** Element i of an optional vector; an absent one is zero. */
export const elementOr0 = (v: { readonly constant: Constant } | null, i: number): number =>
  v ? at(v.constant, i) : 0;

/** The 1x1 kernel [c, c/group, 1, 1] that multiplies channel i by s(i): ones on each group's diagonal. */
export const diagonal = (channels: number, group: number, s: (i: number) => number): Lazy =>
  new Lazy([channels, channels / group, 1, 1], (o, out) => {
    out.fill(0, 0, channels / group);
    out[o % (channels / group)] = s(o);
  });

/**
 * The kernel w [m, c/from, kh, kw] for `to` groups, where `to` divides `from`: block-diagonal within
 * each of the larger groups, [m, c/to, kh, kw].
 */
export function regroup(w: Constant, from: number, to: number): Constant {
  if (from === to) return w;
  const [m, narrow, kh, kw] = w.shape as [number, number, number, number];
  const wide = (narrow * from) / to;
  const taps = kh * kw;
  const row = new Float64Array(narrow * taps);
  return new Lazy([m, wide, kh, kw], (o, out) => {
    readRow(w, o, row);
    const group = Math.floor(o / (m / from));
    out.fill(0, 0, wide * taps);
    out.set(row, (group % (from / to)) * narrow * taps);
  });
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
  return new Lazy(shape, (o, out) => {
    readRow(w, o, small);
    out.fill(0, 0, rowLength(shape));
    for (let channel = 0; channel < c; channel++) {
      rows.forEach((row, i) =>
        columns.forEach((column, j) => {
          out[(channel * kernel[0] + row) * kernel[1] + column] =
            small[(channel * rows.length + i) * columns.length + j]!;
        }),
      );
    }
  });
}
