/** PyTorch's spellings of window options, brought to the IR's. */
import { extent, shapeError } from '../../ir/index.ts';

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/**
 * One number for all sides, [vertical, horizontal], or [top, left, bottom, right]. `same` keeps the size
 * at stride 1; where that takes an odd number, the greater half is at the bottom and right (PyTorch).
 */
export type Padding =
  number | readonly [number, number] | readonly [number, number, number, number] | 'same' | 'valid';

/** The options, once it is sure that there are no others; a misspelt one would have no effect. */
export function readOptions<O extends object>(
  kind: string,
  options: O,
  known: readonly (keyof O & string)[],
): O {
  const example = `{ ${known.join(', ')} }`;
  if (typeof options !== 'object' || options === null) {
    throw shapeError(`${kind}: the options ${String(options)} must be an object: ${example}`);
  }
  const unknown = Object.keys(options).find((key) => !known.some((one) => one === key));
  if (unknown === undefined) return options;
  throw shapeError(`${kind}: there is no option "${unknown}"; there are ${known.join(', ')}`);
}

const fits = (value: number, least: number) => Number.isInteger(value) && value >= least;

/** Throws a `shape` error unless it is an integer of at least `least`. */
export function checkInteger(value: number, least: number, what: string): number {
  if (fits(value, least)) return value;
  throw shapeError(`${what}=${String(value)} must be an integer of at least ${least}`);
}

export function readPair(value: Pair, what: string, least = 1): readonly [number, number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((v) => fits(v as number, least)))
    return pair;
  const wanted = `an integer of at least ${least}, or two for the vertical and the horizontal axis`;
  throw shapeError(`${what}=${JSON.stringify(value)} must be ${wanted}`);
}

/** [top, left, bottom, right] */
export function readPadding(
  padding: Padding,
  kernel: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number],
  what: string,
): readonly [number, number, number, number] {
  if (padding === 'valid') return [0, 0, 0, 0];
  if (padding === 'same') {
    if (strides.some((s) => s !== 1)) {
      throw shapeError(`${what}="same" goes with stride 1 only, not ${JSON.stringify(strides)}`);
    }
    const vertical = extent(kernel[0], dilations[0]) - 1;
    const horizontal = extent(kernel[1], dilations[1]) - 1;
    const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
    return [top, left, vertical - top, horizontal - left];
  }
  const sides = typeof padding === 'number' ? [padding] : padding;
  if (Array.isArray(sides) && sides.every((v) => fits(v as number, 0))) {
    const [a, b, c, d] = sides as readonly number[];
    if (sides.length === 1) return [a!, a!, a!, a!];
    if (sides.length === 2) return [a!, b!, a!, b!];
    if (sides.length === 4) return [a!, b!, c!, d!];
  }
  const wanted = 'one, two or four integers of at least 0, "same" or "valid"';
  throw shapeError(`${what}=${JSON.stringify(padding)} must be ${wanted}`);
}
