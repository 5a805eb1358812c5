/** Arithmetic that changes nothing, as exporters write it. */
import type { Shape } from '../../../../ir/index.ts';
import type { Floats } from '../static.ts';
import type { Operand, Site } from '../site.ts';

/** Whether broadcasting with the constant leaves the shape as it is. */
const keeps = (shape: Shape, constant: Shape): boolean =>
  constant.length <= shape.length &&
  constant.every((d, i) => d === 1 || d === shape[i + shape.length - constant.length]);

/** The operand, where the constant beside it is the neutral element everywhere. */
export function unchanged(
  site: Site,
  index: number,
  other: number,
  neutral: number,
): Operand | null {
  const constant = site.known(other);
  if (constant?.kind !== 'floats' || constant.data.length === 0) return null;
  const isNeutral = (constant satisfies Floats).data.every((value) => value === neutral);
  return isNeutral && keeps(site.shapeOf(index), constant.shape) ? site.operand(index) : null;
}
