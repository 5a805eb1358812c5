/**
 * Dimensions. A dimension is a number, or a symbol such as `N` that a session fixes later.
 *
 * What convolutions and pools make of a symbol always has the one form floor((symbol + offset) / divisor),
 * because floor((floor((S + a) / s) + b) / t) = floor((S + a + b s) / (s t)). So two symbolic sizes are
 * equal exactly where their strings are equal.
 */
import { shapeError, unsupported } from './errors.ts';

export type Dim = number | string;
export type Shape = readonly Dim[];
/** A shape with every dimension fixed. */
export type StaticShape = readonly number[];

interface Affine {
  symbol: string;
  offset: number;
  divisor: number;
}

const SYMBOL = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SHIFTED = /^([A-Za-z_][A-Za-z0-9_]*)([+-]\d+)$/;
const DIVIDED = /^floor\(\(?([A-Za-z_][A-Za-z0-9_]*)([+-]\d+)?\)?\/([1-9]\d*)\)$/;

function parseAffine(dim: string): Affine | null {
  if (SYMBOL.test(dim)) return { symbol: dim, offset: 0, divisor: 1 };
  const shifted = SHIFTED.exec(dim);
  if (shifted) return { symbol: shifted[1]!, offset: Number(shifted[2]), divisor: 1 };
  const divided = DIVIDED.exec(dim);
  if (divided) {
    return { symbol: divided[1]!, offset: Number(divided[2] ?? 0), divisor: Number(divided[3]) };
  }
  return null;
}

function printAffine({ symbol, offset, divisor }: Affine): string {
  const sum = offset === 0 ? symbol : `${symbol}${offset > 0 ? '+' : ''}${offset}`;
  if (divisor === 1) return sum;
  return `floor(${offset === 0 ? sum : `(${sum})`}/${divisor})`;
}

/** floor((dim + offset) / divisor). Throws `unsupported` for sizes that it cannot be written of. */
export function shiftAndDivide(dim: Dim, offset: number, divisor: number): Dim {
  if (typeof dim === 'number') return Math.floor((dim + offset) / divisor);
  if (offset === 0 && divisor === 1) return dim;
  const affine = parseAffine(dim);
  if (!affine) throw unsupported(`the size ${dim} is not known well enough; give it as a number`);
  return printAffine({
    symbol: affine.symbol,
    offset: affine.offset + offset * affine.divisor,
    divisor: affine.divisor * divisor,
  });
}

/** A product of sizes as its number and its symbolic factors. */
function factorise(dims: Shape): { number: number; symbols: string[] } {
  const factors = dims
    .flatMap((d): string[] => String(d).split('*'))
    .map((factor) => (factor.startsWith('(') ? factor.slice(1, -1) : factor));
  const isNumber = (factor: string) => /^-?\d+$/.test(factor);
  return {
    number: factors.filter(isNumber).reduce((product, f) => product * Number(f), 1),
    symbols: factors.filter((f) => !isNumber(f)).sort(),
  };
}

function printProduct(number: number, symbols: readonly string[]): Dim {
  if (symbols.length === 0 || number === 0) return number;
  if (symbols.length === 1 && number === 1) return symbols[0]!;
  const factors = symbols.map((s) => (SHIFTED.test(s) ? `(${s})` : s));
  const product = (number === 1 ? factors : [number, ...factors]).join('*');
  if (product.length <= MAX_LENGTH) return product;
  throw unsupported('a size is the product of too many others; give the open sizes as numbers');
}

/** The least that the dimension can be, its symbols being 1 or more; -Infinity where that is not clear. */
export function leastOf(dim: Dim): number {
  if (typeof dim === 'number') return dim;
  const { number, symbols } = factorise([dim]);
  const factors = symbols.map((symbol) => {
    const affine = parseAffine(symbol);
    return affine ? Math.floor((1 + affine.offset) / affine.divisor) : -Infinity;
  });
  const isClear = number >= 0 && factors.every((least) => least >= 0);
  return isClear ? factors.reduce((a, b) => a * b, number) : -Infinity;
}

/** Longer expressions are of no use, and could double with every operation. */
const MAX_LENGTH = 1000;

/** The product, as in flattening: `64*H*W`, `3*(H+1)`, the symbolic factors in order of name. */
export function multiplyDims(dims: Shape): Dim {
  const { number, symbols } = factorise(dims);
  return printProduct(number, symbols);
}

/** The product of `dims` over that of `divisors`; null where that is not whole. */
export function divideDims(dims: Shape, divisors: Shape): Dim | null {
  const [all, by] = [factorise(dims), factorise(divisors)];
  const left = [...all.symbols];
  for (const symbol of by.symbols) {
    const found = left.indexOf(symbol);
    if (found < 0) return null;
    left.splice(found, 1);
  }
  if (by.number === 0 || all.number % by.number !== 0) return null;
  return printProduct(all.number / by.number, left);
}

/** factor dim + offset. Of a symbol, the factor must divide the offset; otherwise it is `unsupported`. */
export function scaleAndShift(dim: Dim, factor: number, offset: number): Dim {
  if (typeof dim === 'number') return factor * dim + offset;
  if (offset % factor === 0) return multiplyDims([factor, shiftAndDivide(dim, offset / factor, 1)]);
  const wanted = `${factor} times the size ${dim}, ${offset < 0 ? 'less' : 'plus'} ${Math.abs(offset)}`;
  throw unsupported(`${wanted}, cannot be expressed; give it as a number`);
}

/** The sum, as in concatenation; at most one of the two may be symbolic, otherwise it is `unsupported`. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof b === 'number') return shiftAndDivide(a, b, 1);
  if (typeof a === 'number') return shiftAndDivide(b, a, 1);
  throw unsupported(`the sum of the symbolic sizes ${a} and ${b} cannot be expressed`);
}

export const isSymbol = (dim: string): boolean => SYMBOL.test(dim);

/** Whether it is a size as the functions here write it: a positive whole number, a symbol, `H+1`, `64*H`. */
export function isDim(dim: Dim): boolean {
  if (typeof dim === 'number') return Number.isInteger(dim) && dim > 0;
  const { number, symbols } = factorise([dim]);
  const isCanonical = (factor: string) => {
    const affine = parseAffine(factor);
    return affine !== null && printAffine(affine) === factor;
  };
  return symbols.length > 0 && symbols.every(isCanonical) && printProduct(number, symbols) === dim;
}

/** The size with the given numbers in place of their symbols. */
export function substituteDim(dim: Dim, sizes: Readonly<Record<string, number>>): Dim {
  if (typeof dim === 'number') return dim;
  const { number, symbols } = factorise([dim]);
  const factors = symbols.map((factor): Dim => {
    const affine = parseAffine(factor);
    if (!affine || !Object.hasOwn(sizes, affine.symbol)) return factor;
    return shiftAndDivide(sizes[affine.symbol]!, affine.offset, affine.divisor);
  });
  return multiplyDims([number, ...factors]);
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

export const isStatic = (shape: Shape): shape is StaticShape =>
  shape.every((d) => typeof d === 'number');

export const elementCount = (shape: StaticShape): number => shape.reduce((a, b) => a * b, 1);

/** The shape with all sizes known; an error that names `what` otherwise. */
export function staticShape(shape: Shape, what: string): StaticShape {
  if (isStatic(shape)) return shape;
  throw shapeError(
    `${what} has the symbolic shape ${printShape(shape)}; fix its sizes first`,
    what,
  );
}

export const printShape = (shape: Shape): string => `[${shape.join(',')}]`;
