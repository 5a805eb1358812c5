/** Parameters by name, as PyTorch's state dicts. */
import {
  constantsOf,
  expectGraph,
  materialise,
  printShape,
  ReparamError,
  sameShape,
  Tensor,
} from '../../ir/index.ts';
import type { Constant, Graph } from '../../ir/index.ts';
import { isBytes, remedy, type Bytes } from './bytes.ts';
import { isObject } from './json.ts';
import { isCounterName } from './safetensors.ts';
import { parseWeights } from './weights.ts';

export type StateDict = ReadonlyMap<string, Tensor>;

type Given = StateDict | Readonly<Record<string, Tensor>> | Bytes;

function toMap(dict: Given, what: string): StateDict {
  if (isBytes(dict)) return parseWeights(dict, { what });
  const refuse = (message: string) => new ReparamError('input', message, what);
  const takes = `${what} must be tensors by name, or the bytes of a file`;
  // A promise has no entries and would only be missing everything.
  const isMap = dict instanceof Map;
  if (!isMap && (!isObject(dict) || dict instanceof Promise)) throw refuse(takes + remedy(dict));
  const entries = isMap ? [...dict] : Object.entries(dict);
  const other = entries.find(([, value]) => !(value instanceof Tensor));
  if (!other) return new Map(entries);
  if ('tensors' in dict) throw refuse(takes + remedy(dict));
  throw refuse(
    `${takes}, but "${String(other[0])}" is no Tensor; make it with tensor(shape, data)`,
  );
}

/** The graph's dtype wins, as in PyTorch. */
function convert(value: Tensor, { dtype }: Constant): Tensor {
  if (value.dtype === dtype) return value;
  const data = dtype === 'f32' ? Float32Array.from(value.data) : Float64Array.from(value.data);
  return new Tensor(value.shape, data);
}

/**
 * A graph with the given parameters: a safetensors file, a PyTorch checkpoint (see `parseCheckpoint`), or
 * tensors by name. The names are those of the graph's constants; all must be there, and no others, but
 * BatchNorm's `num_batches_tracked`, which are ignored. The graph given stays as it is. `what` names the
 * file in errors.
 *
 * Throws one `state-dict` error that counts and names what is missing, unexpected and of another shape; a
 * `file` error if the bytes are a proper file of neither format; an `input` error for anything else.
 */
export function loadStateDict(
  graph: Graph,
  dict: Given,
  options: { readonly what?: string } = {},
): Graph {
  const { what = 'the state dict' } = options;
  expectGraph(graph, 'loadStateDict');
  const given = toMap(dict, what);
  const constants = Object.entries(graph.consts);
  const missing = constants
    .filter(([name]) => !given.has(name))
    .map(([name, { shape }]) => `${name} ${printShape(shape)}`);
  const unexpected = [...given]
    .filter(([name]) => !Object.hasOwn(graph.consts, name) && !isCounterName(name))
    .map(([name, { shape }]) => `${name} ${printShape(shape)}`);
  const misshapen = constants.flatMap(([name, { shape }]) => {
    const value = given.get(name);
    if (!value || sameShape(value.shape, shape)) return [];
    return [`${name} ${printShape(value.shape)}, not ${printShape(shape)}`];
  });
  const lists = [
    ['missing', missing],
    ['unexpected', unexpected],
    ['of another shape', misshapen],
  ] as const;
  const problems = lists
    .filter(([, list]) => list.length > 0)
    .map(([problem, list]) => `\n  ${list.length} ${problem}: ${printSome(list)}`);
  if (problems.length > 0) {
    const advice = hints(Object.keys(graph.consts), given).map((hint) => `\n  ${hint}`);
    const message = `${what} does not fit the graph "${graph.name}":${[...problems, ...advice].join('')}`;
    throw new ReparamError('state-dict', message, what);
  }
  const consts = constants.map(([name, like]) => [name, convert(given.get(name)!, like)] as const);
  return { ...graph, consts: constantsOf(consts) };
}

/** As many names as can be taken in. */
function printSome(list: readonly string[]): string {
  const [most, rest] = [list.slice(0, 6), list.length - 6];
  return most.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** What is the matter, as a rule, where hundreds of names do not fit. */
function hints(wanted: readonly string[], given: StateDict): string[] {
  const names = [...given.keys()];
  const found: string[] = [];
  const prefix = commonPrefixes(names).find((one) => wanted.some((name) => given.has(one + name)));
  if (prefix !== undefined && !wanted.some((name) => name.startsWith(prefix))) {
    found.push(`all names given start with "${prefix}", which the graph's do not: strip it`);
  }
  const merged = (list: readonly string[]) => list.some((name) => name.includes('reparam'));
  if (merged(names) && !merged(wanted)) {
    found.push('the names are those of a merged network: make the model with { deploy: true }');
  }
  if (merged(wanted) && names.length > 0 && !merged(names)) {
    const remedyHere = 'make it without { deploy: true }, load and compile it';
    found.push(`the graph is the merged network, the names are the training form's: ${remedyHere}`);
  }
  return found;
}

/** The scopes that all names are in: `module.`, `module.net.`. */
function commonPrefixes(names: readonly string[]): string[] {
  const parts = (names[0] ?? '').split('.').slice(0, -1);
  const prefixes = parts.map((_, i) => `${parts.slice(0, i + 1).join('.')}.`);
  return prefixes.filter((prefix) => names.every((name) => name.startsWith(prefix)));
}

/** The graph's parameters by name, in its order; what was not computed yet is now. */
export const stateDict = (graph: Graph): StateDict =>
  new Map(Object.entries(graph.consts).map(([name, constant]) => [name, materialise(constant)]));
