/** Parameters by name, as PyTorch's state dicts. */
import {
  constantsOf,
  materialise,
  printShape,
  ReparamError,
  sameShape,
  Tensor,
} from '../../ir/index.ts';
import type { Constant, Graph } from '../../ir/index.ts';
import { isCounterName } from './safetensors.ts';
import { parseWeights } from './weights.ts';

export type StateDict = ReadonlyMap<string, Tensor>;

const toMap = (dict: StateDict | Readonly<Record<string, Tensor>>): StateDict =>
  dict instanceof Map ? dict : new Map(Object.entries(dict));

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
 * Throws one `state-dict` error that lists everything missing, unexpected and of another shape; a `file`
 * error if the bytes are a proper file of neither format.
 */
export function loadStateDict(
  graph: Graph,
  dict: StateDict | Readonly<Record<string, Tensor>> | Uint8Array,
  options: { readonly what?: string } = {},
): Graph {
  const { what = 'the state dict' } = options;
  const given = dict instanceof Uint8Array ? parseWeights(dict, { what }) : toMap(dict);
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
    .map(([problem, list]) => `\n  ${list.length} ${problem}: ${list.join(', ')}`);
  if (problems.length > 0) {
    const message = `${what} does not fit the graph "${graph.name}":${problems.join('')}`;
    throw new ReparamError('state-dict', message, what);
  }
  const consts = constants.map(([name, like]) => [name, convert(given.get(name)!, like)] as const);
  return { ...graph, consts: constantsOf(consts) };
}

/** The graph's parameters by name, in its order; what was not computed yet is now. */
export const stateDict = (graph: Graph): StateDict =>
  new Map(Object.entries(graph.consts).map(([name, constant]) => [name, materialise(constant)]));
