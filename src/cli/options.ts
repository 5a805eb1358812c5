/** Options that several commands have, and how their texts are read. */
import { InvalidArgumentError, Option } from 'commander';
import { isDim, isSymbol, type Dim } from '../../ir/index.ts';
import type { Shapes } from './model-files.ts';

/** The largest size of one dimension; what is above it is a mistake. */
const MAX_SIZE = 2 ** 31 - 1;

/** `x=1x3x224x224`, or with commas; letters are sizes left open: `x=N,3,224,224`. */
export function parseShape(text: string, before: Shapes = {}): Shapes {
  const at = text.lastIndexOf('=');
  const [name, sizes] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || sizes === '') {
    throw new InvalidArgumentError('It is INPUT=SIZES, as in x=1x3x224x224.');
  }
  if (Object.hasOwn(before, name)) {
    throw new InvalidArgumentError(`The input "${name}" has two shapes.`);
  }
  const shape = sizes.split(sizes.includes(',') ? ',' : 'x').map((size): Dim => {
    const dim = /^\d+$/.test(size) ? Number(size) : size;
    const isKnown = typeof dim === 'string' ? isSymbol(dim) : isDim(dim) && dim <= MAX_SIZE;
    if (!isKnown) {
      throw new InvalidArgumentError(
        `The size '${size}' of "${name}" is neither a whole number above 0 nor a name.`,
      );
    }
    return dim;
  });
  return { ...before, [name]: shape };
}

export const shapeOption = (): Option =>
  new Option(
    '--shape <input=sizes>',
    'fix the shape of an input, as in x=1x3x224x224; may be repeated',
  )
    .argParser<Shapes>(parseShape)
    .default({}, 'as in the file');

/** Number() takes blanks for 0. */
const toNumber = (text: string): number => (text.trim() === '' ? NaN : Number(text));

/** One or several numbers, for each channel. */
export function parseNumbers(text: string): readonly number[] {
  const numbers = text.split(',').map(toNumber);
  if (numbers.every(Number.isFinite)) return numbers;
  throw new InvalidArgumentError('It is one number, or one for each channel: 0.485,0.456,0.406.');
}

export function parseNumber(text: string): number {
  const number = toNumber(text);
  if (Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It is one number.');
}

export const parseCount =
  (least: number, most = 1_000_000) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
