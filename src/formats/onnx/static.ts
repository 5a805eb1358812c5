/** What is known while a file is read: weights, and the integers from which exporters compute shapes. */
import {
  elementCount,
  shapeError,
  unsupported,
  type Dim,
  type StaticShape,
} from '../../../ir/index.ts';

export interface Floats {
  readonly kind: 'floats';
  readonly shape: StaticShape;
  readonly data: Float32Array | Float64Array;
}

/** Integers of all widths, and booleans as 0 and 1. A symbol stands for a size that is not known yet. */
export interface Ints {
  readonly kind: 'ints';
  readonly shape: StaticShape;
  readonly data: readonly Dim[];
}

export type Static = Floats | Ints;

export const ints = (data: readonly Dim[], shape: StaticShape = [data.length]): Ints => ({
  kind: 'ints',
  shape,
  data,
});

export const floats = (data: Floats['data'], shape: StaticShape = [data.length]): Floats => ({
  kind: 'floats',
  shape,
  data,
});

/** An array of the same type, rounding as `like` does. */
export const arrayLike = (like: Floats['data'], size: number): Floats['data'] =>
  like instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);

/** The elements at the given places, in another shape. */
export function pick(from: Static, index: ArrayLike<number>, shape: StaticShape): Static {
  if (from.kind === 'ints') {
    return ints(
      Array.from(index, (i) => from.data[i]!),
      shape,
    );
  }
  const data = arrayLike(from.data, index.length);
  for (let i = 0; i < index.length; i++) data[i] = from.data[index[i]!]!;
  return floats(data, shape);
}

/** The same elements in another shape, which must hold as many. */
export function withShape(from: Static, shape: StaticShape): Static {
  if (elementCount(shape) !== elementCount(from.shape)) {
    throw shapeError(`[${from.shape.join(',')}] cannot take the shape [${shape.join(',')}]`);
  }
  return { ...from, shape };
}

/** A list of integers, none of them a symbol. */
export function plainInts(from: Static, what: string): number[] {
  if (from.kind === 'floats') throw shapeError(`${what} must be integers`);
  return from.data.map((d) => {
    if (typeof d === 'number') return d;
    throw unsupported(`${what} depends on the open size ${d}; give it as a number`);
  });
}

/** A single number. */
export function scalar(from: Static, what: string): number {
  const value = from.data[0];
  if (from.data.length !== 1) throw shapeError(`${what} must be one number`);
  if (typeof value === 'number') return value;
  throw unsupported(`${what} depends on the open size ${value}; give it as a number`);
}

/** The axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && resolved >= 0 && resolved < rank) return resolved;
  throw shapeError(`axis ${axis} is outside of ${rank} dimensions`);
}
