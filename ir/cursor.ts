/** The words of the text form, taken one by one from a line. `parse.ts` puts them together. */
import type { AttrValue } from './attr.ts';
import type { Type } from './define-op.ts';
import { isDim, type Dim } from './dim.ts';
import { ReparamError } from './errors.ts';
import type { ValueId } from './graph.ts';
import { dtypes, type DType } from './tensor.ts';

/** What is left of one line. */
export class Cursor {
  #rest: string;
  readonly line: number;

  constructor(text: string, line: number) {
    this.#rest = text.trim();
    this.line = line;
  }

  fail(message: string): never {
    throw new ReparamError('parse', `line ${this.line}: ${message}`);
  }

  get done(): boolean {
    return this.#rest === '' || this.#rest.startsWith('//');
  }

  /** Takes the text if it comes next. */
  take(text: string): boolean {
    if (!this.#rest.startsWith(text)) return false;
    this.#rest = this.#rest.slice(text.length).trimStart();
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`expected ${text} before ${this.#shown()}`);
  }

  match(pattern: RegExp, what: string): string {
    const found = pattern.exec(this.#rest)?.[0];
    if (found === undefined) return this.fail(`expected ${what} before ${this.#shown()}`);
    this.take(found);
    return found;
  }

  /** JSON, of which the pattern only checked the first and last characters. */
  json(text: string): AttrValue {
    try {
      return JSON.parse(text) as AttrValue;
    } catch {
      return this.fail(`cannot read ${text}`);
    }
  }

  end(): void {
    if (!this.done) this.fail(`did not expect ${this.#shown()}`);
  }

  #shown(): string {
    return this.done ? 'the end of the line' : JSON.stringify(this.#rest.slice(0, 30));
  }
}

export function takeName(c: Cursor): string {
  const text = c.match(/^(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9_./-]+)/, 'a name');
  return text.startsWith('"') ? (c.json(text) as string) : text;
}

export function takeId(c: Cursor): ValueId {
  c.expect('%');
  return takeName(c);
}

export function takeType(c: Cursor): Type {
  const dtype = c.match(/^[a-z]+\d+/, 'a dtype') as DType;
  if (!dtypes.includes(dtype)) c.fail(`there is no dtype ${dtype}; there are ${dtypes.join(', ')}`);
  const inner = c.match(/^\[[^\]]*\]/, 'a shape').slice(1, -1);
  const words = inner.trim() === '' ? [] : inner.split(',').map((d) => d.trim());
  const shape = words.map((d): Dim => (/^\d+$/.test(d) ? Number(d) : d));
  const wrong = shape.findIndex((d) => !isDim(d));
  if (wrong >= 0) c.fail(`${JSON.stringify(words[wrong])} is not a size`);
  return { dtype, shape };
}

function takeAttrValue(c: Cursor): AttrValue {
  if (c.take('[')) {
    const list: (number | string)[] = [];
    while (!c.take(']')) {
      if (list.length > 0) c.expect(',');
      list.push(takeAttrValue(c) as number | string);
    }
    return list;
  }
  const text = c.match(
    /^(?:"(?:[^"\\]|\\.)*"|true|false|-?inf|-?[0-9.]+(?:e[+-]?\d+)?)/,
    'a value',
  );
  if (text.endsWith('inf')) return text.startsWith('-') ? -Infinity : Infinity;
  return c.json(text);
}

export function takeAttrs(c: Cursor): Map<string, AttrValue> {
  const all = new Map<string, AttrValue>();
  if (!c.take('{')) return all;
  while (!c.take('}')) {
    if (all.size > 0) c.expect(',');
    const key = c.match(/^[A-Za-z_]+/, "an attribute's name");
    c.expect('=');
    if (all.has(key)) c.fail(`${key} is given twice`);
    all.set(key, takeAttrValue(c));
  }
  return all;
}
