/** A graph without its weights as JSON, and back. */
import { dtypes, isOpName, opDef, ReparamError } from '../../ir/index.ts';
import type { Dim, DType, Graph, Node, Output, Value } from '../../ir/index.ts';
import { isObject, parseJson } from './json.ts';

/** Raised with every change that older readers would misread. */
export const GRAPH_VERSION = 1;

/** JSON has neither infinities nor -0: those are `{"number": "-Infinity"}`. NaN is not valid in a graph. */
const encodeNumber = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'number') return value;
  if (Object.is(value, -0)) return { number: '-0' };
  return Number.isFinite(value) ? value : { number: String(value) };
};

/** Inputs, nodes, outputs and name, as JSON. */
export const encodeGraph = ({ name, inputs, nodes, outputs }: Graph): string =>
  JSON.stringify({ version: GRAPH_VERSION, name, inputs, nodes, outputs }, encodeNumber);

const wrong = (where: string, wanted: string) =>
  new ReparamError('file', `${where} is not ${wanted}`);

/** An object with exactly these fields. */
function fields<K extends string>(value: unknown, keys: readonly K[], where: string) {
  if (!isObject(value)) throw wrong(where, 'an object');
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined)
    throw new ReparamError('file', `${where} lacks the field "${missing}"`);
  const unknown = Object.keys(value).find((key) => !(keys as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw new ReparamError('file', `${where} has the unknown field ${JSON.stringify(unknown)}`);
  }
  return value as Readonly<Record<K, unknown>>;
}

function list<T>(value: unknown, where: string, read: (item: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) throw wrong(where, 'a list');
  return value.map((item, i) => read(item, `${where}[${i}]`));
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw wrong(where, 'a string');
}

const special: Readonly<Record<string, number>> = { '-0': -0, Infinity, '-Infinity': -Infinity };

function number(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  if (isObject(value)) {
    const name = text(fields(value, ['number'], where).number, where);
    if (Object.hasOwn(special, name)) return special[name]!;
  }
  throw wrong(where, 'a number');
}

const dim = (value: unknown, where: string): Dim =>
  typeof value === 'string' ? value : number(value, where);

function readValue(value: unknown, where: string): Value {
  const { id, dtype, shape } = fields(value, ['id', 'dtype', 'shape'], where);
  if (!dtypes.includes(dtype as DType))
    throw wrong(`${where}.dtype`, `one of ${dtypes.join(', ')}`);
  return {
    id: text(id, `${where}.id`),
    dtype: dtype as DType,
    shape: list(shape, `${where}.shape`, dim),
  };
}

/** Of the kind of its default; only a shape may have strings in it. */
function readAttr(value: unknown, like: unknown, where: string, allowSymbols: boolean): unknown {
  if (Array.isArray(like)) return list(value, where, allowSymbols ? dim : number);
  if (typeof like === 'number') return number(value, where);
  if (typeof value === typeof like) return value;
  throw wrong(where, `a ${typeof like}`);
}

function readNode(value: unknown, where: string): Node {
  const all = fields(value, ['id', 'op', 'inputs', 'outputs', 'attrs'], where);
  const op = text(all.op, `${where}.op`);
  if (!isOpName(op))
    throw new ReparamError('file', `${where}: there is no op ${JSON.stringify(op)}`);
  const defaults = opDef(op).attrs as Readonly<Record<string, unknown>>;
  const given = fields(all.attrs, Object.keys(defaults), `${where}.attrs`);
  const attrs = Object.entries(given).map(([name, attr]) => {
    const read = readAttr(attr, defaults[name], `${where}.attrs.${name}`, op === 'reshape');
    return [name, read] as const;
  });
  return {
    id: text(all.id, `${where}.id`),
    op,
    inputs: list(all.inputs, `${where}.inputs`, (id, at) => (id === null ? null : text(id, at))),
    outputs: list(all.outputs, `${where}.outputs`, readValue),
    attrs: Object.fromEntries(attrs),
  } as unknown as Node;
}

function readOutput(value: unknown, where: string): Output {
  const all = fields(value, ['name', 'value'], where);
  return { name: text(all.name, `${where}.name`), value: text(all.value, `${where}.value`) };
}

/** Throws a `file` error that names the field, or a `SyntaxError`. `verify` checks what the fields mean. */
export function decodeGraph(json: string): Omit<Graph, 'consts'> {
  const value = parseJson(json);
  const version = isObject(value) ? value['version'] : undefined;
  if (version !== GRAPH_VERSION) {
    const message = `is of version ${JSON.stringify(version)}; this reparam reads ${GRAPH_VERSION}`;
    throw new ReparamError('file', `the graph ${message}`);
  }
  const all = fields(value, ['version', 'name', 'inputs', 'nodes', 'outputs'], 'graph');
  return {
    name: text(all.name, 'graph.name'),
    inputs: list(all.inputs, 'graph.inputs', readValue),
    nodes: list(all.nodes, 'graph.nodes', readNode),
    outputs: list(all.outputs, 'graph.outputs', readOutput),
  };
}
