/** Attribute values: how they are written, and what a node's attributes must look like. */
import { shapeError } from './errors.ts';

export type AttrValue = number | string | boolean | readonly (number | string)[];

/** JSON with the numbers that JSON lacks; takes anything, since error messages show wrong values too. */
export function printAttr(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(printAttr).join(',')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

const kinds = { number: 'a number', string: 'a string', boolean: 'true or false', list: 'a list' };

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return kinds.list;
  const kind = typeof value;
  return kind === 'number' || kind === 'string' || kind === 'boolean' ? kinds[kind] : kind;
}

const isElement = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value));

/**
 * Throws unless `attrs` has exactly the attributes of `defaults`, each of the same kind, and no NaN. The
 * types say so already, but text, files and plain JavaScript do not go through them.
 */
export function checkAttrs(defaults: object, attrs: object): void {
  const given = attrs as Readonly<Record<string, unknown>>;
  for (const [name, standard] of Object.entries(defaults)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) throw shapeError(`lacks the attribute ${name}`);
    const wanted = kindOf(standard);
    if (kindOf(value) !== wanted || Number.isNaN(value)) {
      throw shapeError(`${name}=${printAttr(value)} must be ${wanted}`);
    }
    if (Array.isArray(value) && !value.every(isElement)) {
      throw shapeError(`${name}=${printAttr(value)} must be a list of numbers or strings`);
    }
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(defaults, name));
  if (unknown !== undefined) throw shapeError(`has no attribute ${unknown}`);
}
