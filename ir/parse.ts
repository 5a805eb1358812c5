/** Reads the text form that `print` writes. */
import { printShape, isStatic, sameShape, type Dim } from './dim.ts';
import type { AttrValue, Type } from './define-op.ts';
import { makeNode } from './build.ts';
import { ReparamError } from './errors.ts';
import type { Graph, Node, Output, Value, ValueId } from './graph.ts';
import { printType } from './print.ts';
import { isOpName, opDef } from './registry.ts';
import { dtypes, type Constant, type DType } from './tensor.ts';

/** Gives the data of a constant, which the text does not hold. */
export type WeightSource = (
  id: ValueId,
  type: { dtype: DType; shape: readonly number[] },
) => Constant;

const noWeights: WeightSource = (id) => {
  throw new ReparamError('parse', `no data for the constant %${id}; pass a source of weights`, id);
};

/** What is left of one line. */
class Cursor {
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

  end(): void {
    if (!this.done) this.fail(`did not expect ${this.#shown()}`);
  }

  #shown(): string {
    return this.done ? 'the end of the line' : JSON.stringify(this.#rest.slice(0, 30));
  }
}

const QUOTED = /^"(?:[^"\\]|\\.)*"/;

function name(c: Cursor): string {
  const text = c.match(/^(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9_./-]+)/, 'a name');
  return QUOTED.test(text) ? (JSON.parse(text) as string) : text;
}

function id(c: Cursor): ValueId {
  c.expect('%');
  return name(c);
}

function type(c: Cursor): Type {
  const dtype = c.match(/^[a-z]+\d+/, 'a dtype') as DType;
  if (!dtypes.includes(dtype)) c.fail(`there is no dtype ${dtype}; there are ${dtypes.join(', ')}`);
  const inner = c.match(/^\[[^\]]*\]/, 'a shape').slice(1, -1);
  const dims = inner.trim() === '' ? [] : inner.split(',').map((d) => d.trim());
  return { dtype, shape: dims.map((d): Dim => (/^\d+$/.test(d) ? Number(d) : d)) };
}

function attrValue(c: Cursor): AttrValue {
  if (c.take('[')) {
    const list: (number | string)[] = [];
    while (!c.take(']')) {
      if (list.length > 0) c.expect(',');
      list.push(attrValue(c) as number | string);
    }
    return list;
  }
  const text = c.match(
    /^(?:"(?:[^"\\]|\\.)*"|true|false|-?inf|-?[0-9.]+(?:e[+-]?\d+)?)/,
    'a value',
  );
  if (text.endsWith('inf')) return text.startsWith('-') ? -Infinity : Infinity;
  return JSON.parse(text) as AttrValue;
}

function attrs(c: Cursor): Record<string, AttrValue> {
  const all: Record<string, AttrValue> = {};
  if (!c.take('{')) return all;
  while (!c.take('}')) {
    if (Object.keys(all).length > 0) c.expect(',');
    const key = c.match(/^[A-Za-z_]+/, "an attribute's name");
    c.expect('=');
    all[key] = attrValue(c);
  }
  return all;
}

function node(c: Cursor, valueOf: (id: ValueId) => Value | undefined): Node {
  const output = id(c);
  c.expect('=');
  const op = c.match(/^[A-Za-z0-9]+/, 'an op');
  if (!isOpName(op)) return c.fail(`there is no op ${op}`);
  const inputs: (ValueId | null)[] = [];
  do inputs.push(c.take('_') ? null : id(c));
  while (c.take(','));
  const given = attrs(c);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(opDef(op).attrs, key));
  if (unknown !== undefined) c.fail(`${op} has no attribute ${unknown}`);
  const declared = c.take(':') ? type(c) : null;
  const nodeId = c.take('@') ? name(c) : output;
  c.end();
  let made: Node;
  try {
    const typeOf = (value: ValueId) => valueOf(value) ?? c.fail(`%${value} is not defined above`);
    made = makeNode(op, inputs, given, typeOf, nodeId, output) as Node;
  } catch (error) {
    if (error instanceof ReparamError && error.code === 'shape') c.fail(error.message);
    throw error;
  }
  const inferred = made.outputs[0];
  if (
    declared &&
    !(declared.dtype === inferred.dtype && sameShape(declared.shape, inferred.shape))
  ) {
    c.fail(`declared ${printType(declared)}, inferred ${printType(inferred)}`);
  }
  return made;
}

function outputs(c: Cursor): Output[] {
  const all: Output[] = [];
  do {
    const named = c.take('%') ? undefined : name(c);
    if (named !== undefined) c.expect('=%');
    const value = name(c);
    all.push({ name: named ?? value, value });
  } while (c.take(','));
  c.end();
  return all;
}

/**
 * The graph that the text describes. Shapes are inferred again and compared with those written down
 * (`line 2: declared f32[1,2,3,4], inferred f32[1,2,3,3]`); they may also be left out.
 * Throws a `parse` error with the line. `verify` checks the rest.
 */
export function parse(text: string, weights: WeightSource = noWeights): Graph {
  const lines = text
    .split('\n')
    .map((line, i) => new Cursor(line, i + 1))
    .filter((c) => !c.done);
  const values = new Map<ValueId, Value>();
  const define = (value: Value, c: Cursor) => {
    if (values.has(value.id)) c.fail(`%${value.id} is defined twice`);
    values.set(value.id, value);
    return value;
  };
  const head = lines.shift() ?? new Cursor('', 1);
  head.expect('graph');
  const graphName = name(head);
  head.expect('(');
  const inputs: Value[] = [];
  while (!head.take(')')) {
    if (inputs.length > 0) head.expect(',');
    const input = id(head);
    head.expect(':');
    inputs.push(define({ id: input, ...type(head) }, head));
  }
  head.expect('{');
  head.end();
  const nodes: Node[] = [];
  const consts: Record<ValueId, Constant> = {};
  let results: Output[] | null = null;
  let closed = false;
  for (const c of lines) {
    if (closed) c.fail('did not expect anything after }');
    if (results) {
      c.expect('}');
      c.end();
      closed = true;
    } else if (c.take('return ')) {
      results = outputs(c);
    } else if (c.take('const ')) {
      const constant = id(c);
      c.expect(':');
      const { dtype, shape } = type(c);
      c.end();
      if (!isStatic(shape)) c.fail(`%${constant} has the symbolic shape ${printShape(shape)}`);
      else consts[constant] = weights(constant, { dtype, shape });
      define({ id: constant, dtype, shape }, c);
    } else {
      const made = node(c, (value) => values.get(value));
      define(made.outputs[0], c);
      nodes.push(made);
    }
  }
  if (!results || !closed) throw new ReparamError('parse', 'the text ends before return and }');
  return { name: graphName, inputs, nodes, outputs: results, consts };
}
