/** How an invocation reads and writes rows of images: in vectors that are aligned in memory, and elements. */
import { NS } from './cost.ts';
import { range } from './tile.ts';

export type Size = 1 | 2 | 4;

/** Elements that are loaded together: columns `start` to `start + size - 1` of a strip. */
export interface Piece {
  readonly start: number;
  readonly size: Size;
}

/** The most elements of a vector such that each row of an image begins with a whole one. */
export const vectorSize = (width: number): Size => (width % 4 === 0 ? 4 : width % 2 === 0 ? 2 : 1);

export const typeOf = (size: Size): 'f32' | 'vec2f' | 'vec4f' =>
  size === 1 ? 'f32' : `vec${size}f`;

/** Nanoseconds of a load or a store. */
const costOf = (size: Size): number =>
  size === 4 ? NS.vectorLoad : size === 2 ? 1.5 * NS.load : NS.load;

export const costOfPieces = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { size }) => sum + costOf(size), 0);

/**
 * What covers the columns from `first` to `last` at the least cost: vectors of `size`, but no vector for
 * elements that cost less one by one.
 */
export function cutRow(first: number, last: number, size: Size): Piece[] {
  const begin = Math.floor(first / size);
  return range(Math.floor(last / size) - begin + 1).flatMap((i): Piece[] => {
    const start = (begin + i) * size;
    const wanted = range(size)
      .map((k) => start + k)
      .filter((column) => column >= first && column <= last);
    return wanted.length * costOf(1) < costOf(size)
      ? wanted.map((column) => ({ start: column, size: 1 }))
      : [{ start, size }];
  });
}

/** A WGSL expression for the index of a piece, for `at`, that of the column where the strip begins. */
export const indexOf = (at: string, { size }: Piece): string =>
  size === 1 ? at : `(${at}) / ${size}`;

/** The WGSL constructor of a vector, or the element by itself. */
export const vectorOf = (elements: readonly string[]): string =>
  elements.length === 1 ? elements[0]! : `vec${elements.length}f(${elements.join(', ')})`;

/** The parts of a vector that is in a variable. */
export const partsOf = (name: string, size: Size): string[] =>
  size === 1 ? [name] : range(size).map((k) => `${name}[${k}]`);
