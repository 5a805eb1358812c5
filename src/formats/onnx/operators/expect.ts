/**
 * What ONNX allows but the IR does not express is `unsupported`. What is left after these checks and does
 * not fit the IR contradicts itself, and is a `shape` error.
 */
import { unsupported, type Dim, type Shape, type ValueId } from '../../../../ir/index.ts';
import type { Site } from '../site.ts';

/** Throws where it depends on open sizes whether the two are equal. */
export function expectComparable(a: Dim | undefined, b: Dim | undefined): void {
  if (a === b || (typeof a !== 'string' && typeof b !== 'string')) return;
  throw unsupported(`depends on whether ${a} is ${b}; give the open sizes as numbers`);
}

/** Throws where it depends on open sizes how the shapes broadcast, unless others cannot in any case. */
export function expectBroadcast(a: Shape, b: Shape): void {
  const pairs = a
    .slice(Math.max(0, a.length - b.length))
    .map((d, i, { length }): [Dim, Dim] => [d, b.at(i - length)!])
    .filter(([da, db]) => da !== db && da !== 1 && db !== 1);
  const known = pairs.some((pair) => pair.every((d) => typeof d === 'number'));
  if (!known) for (const [da, db] of pairs) expectComparable(da, db);
}

/** Throws unless the value is an image [N, C, H, W]. */
export function expectImage(site: Site, x: ValueId): void {
  const shape = site.shape(x);
  if (shape.length === 4) return;
  throw unsupported(`of [${shape.join(',')}]: only images [N,C,H,W] are supported`);
}
