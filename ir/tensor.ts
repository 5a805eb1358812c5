/**
 * Tensors and constants.
 *
 * A `Tensor` is data: row-major, replaced whole and never written into. It is a class without immer's
 * `immerable`, so that immer neither drafts nor freezes it (a draft write into a typed array silently
 * changes the base, and freezing one throws).
 *
 * A `Lazy` is a constant that is not computed yet. Rules build weights as expressions; the last step of
 * the pipeline evaluates each in float64, row by row, rounds once and lets the parts go. Row by row
 * means that no float64 copy of a large weight ever exists.
 */
import { elementCount, printShape, type StaticShape } from './dim.ts';
import { shapeError } from './errors.ts';

export type DType = 'f32' | 'f64';
export const dtypes: readonly DType[] = ['f32', 'f64'];
export const bytesPerElement: Record<DType, number> = { f32: 4, f64: 8 };

export class Tensor {
  readonly dtype: DType;
  readonly shape: StaticShape;
  readonly data: Float32Array | Float64Array;

  /** `data` holds the elements in row-major order; its type decides the dtype. It is not copied. */
  constructor(shape: StaticShape, data: Float32Array | Float64Array) {
    if (elementCount(shape) !== data.length) {
      throw shapeError(`${data.length} elements do not fill the shape ${printShape(shape)}`);
    }
    this.dtype = data instanceof Float32Array ? 'f32' : 'f64';
    this.shape = shape;
    this.data = data;
  }
}

export class Lazy {
  readonly dtype: DType;
  readonly shape: StaticShape;
  /** Writes row `index` of the leading axis, in float64, into `out`, which holds one row of zeros. */
  readonly row: (index: number, out: Float64Array) => void;
  /** Adds `factor` times row `index` to `out`: sums of expressions need no array for each. */
  readonly add: (index: number, factor: number, out: Float64Array) => void;

  constructor(shape: StaticShape, row: Lazy['row'], dtype: DType = 'f32', add?: Lazy['add']) {
    this.dtype = dtype;
    this.shape = shape;
    this.row = row;
    this.add = add ?? addedRow(shape, row);
  }
}

/** A row written into an array of its own, and added. */
function addedRow(shape: StaticShape, row: Lazy['row']): Lazy['add'] {
  let scratch: Float64Array | null = null;
  return (index, factor, out) => {
    scratch ??= new Float64Array(rowLength(shape));
    scratch.fill(0);
    row(index, scratch);
    for (let i = 0; i < scratch.length; i++) out[i]! += factor * scratch[i]!;
  };
}

/** Weights of a graph: data, or an expression that the last step evaluates. */
export type Constant = Tensor | Lazy;

/** Float32 tensor from plain numbers. */
export const tensor = (shape: StaticShape, values: ArrayLike<number>): Tensor =>
  new Tensor(shape, Float32Array.from(values));

/** Elements per step of the leading axis. */
export const rowLength = (shape: StaticShape): number => elementCount(shape.slice(1));

/** Writes row `index` of the leading axis, in float64, into the start of `out`. */
export function readRow(constant: Constant, index: number, out: Float64Array): void {
  const length = rowLength(constant.shape);
  if (constant instanceof Lazy) {
    const row = out.length === length ? out : out.subarray(0, length);
    row.fill(0);
    constant.row(index, row);
    return;
  }
  const from = index * length;
  out.set(constant.data.subarray(from, from + length));
}

/** Adds `factor` times row `index` of the leading axis to the start of `out`. */
export function addRow(constant: Constant, index: number, factor: number, out: Float64Array): void {
  if (constant instanceof Lazy) {
    constant.add(index, factor, out);
    return;
  }
  const { data, shape } = constant;
  const length = rowLength(shape);
  const from = index * length;
  for (let i = 0; i < length; i++) out[i]! += factor * data[from + i]!;
}

function forEachRow(constant: Lazy, write: (row: Float64Array, offset: number) => void): void {
  const length = rowLength(constant.shape);
  const row = new Float64Array(length);
  for (let i = 0; i < (constant.shape[0] ?? 1); i++) {
    row.fill(0);
    constant.row(i, row);
    write(row, i * length);
  }
}

/** The constant's value before rounding. */
export function toFloat64(constant: Constant): Float64Array {
  if (constant instanceof Tensor) {
    return constant.data instanceof Float64Array ? constant.data : Float64Array.from(constant.data);
  }
  const out = new Float64Array(elementCount(constant.shape));
  forEachRow(constant, (row, offset) => out.set(row, offset));
  return out;
}

/** The constant as data, rounded once to its own dtype. */
export function materialise(constant: Constant): Tensor {
  if (constant instanceof Tensor) return constant;
  const size = elementCount(constant.shape);
  const out = constant.dtype === 'f32' ? new Float32Array(size) : new Float64Array(size);
  forEachRow(constant, (row, offset) => out.set(row, offset));
  return new Tensor(constant.shape, out);
}

/** A constant vector's element. */
export function at(constant: Constant, index: number): number {
  if (constant instanceof Tensor) return constant.data[index]!;
  const one = new Float64Array(1);
  constant.row(index, one);
  return one[0]!;
}
