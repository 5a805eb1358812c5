/** The state dict within a checkpoint: wrappers looked through, prefixes taken off. */
import { fileError } from '../safetensors-header.ts';
import { describe, type Inert, isKind, type Value } from './values.ts';

/**
 * Where training programs put the state dict, in the order of preference: averaged parameters only where
 * there are no others.
 */
// prettier-ignore
const wrappers = [
  'state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'module', 'weights',
  'state_dict_ema', 'model_ema', 'ema_state_dict', 'ema',
] as const;

/** A wrapper in a wrapper in a wrapper. */
const MAX_DEPTH = 3;

/** Prefixes of DataParallel and of torch.compile. */
const prefixes = ['module.', '_orig_mod.'] as const;

type Dict = ReadonlyMap<Value, Value>;

/** A tensor of a kind that is not known here, quantised or sparse, as Python would make it. */
export const isUnknownTensor = (value: Value): value is Inert =>
  isKind(value, 'inert') && /^torch\._.*rebuild/.test(value.name);

const holdsTensor = (dict: Dict) =>
  [...dict.values()].some((value) => isKind(value, 'tensor') || isUnknownTensor(value));

function wholeModel(what: string, name: string) {
  const remedy = 'in Python, save model.state_dict() instead';
  return fileError(what, `holds an object of ${JSON.stringify(name)}, not parameters; ${remedy}`);
}

/** The first keys, for a message. */
function printKeys(dict: Dict): string {
  const keys = [...dict.keys()].filter((key) => typeof key === 'string').slice(0, 10);
  return keys.length === 0 ? 'no names' : keys.map((key) => JSON.stringify(key)).join(', ');
}

function entryOf(root: Value, entry: string, what: string): Value {
  const value = root instanceof Map ? root.get(entry) : undefined;
  if (value !== undefined) return value;
  const there = root instanceof Map ? `has ${printKeys(root)}` : `is ${describe(root)}`;
  throw fileError(what, `has no entry ${JSON.stringify(entry)}; it ${there}`);
}

/** The dict of tensors. Throws a `file` error if there is none. */
function unwrap(root: Value, what: string): Dict {
  let value = root;
  for (let depth = 0; ; depth++) {
    if (isKind(value, 'inert') || isKind(value, 'global')) throw wholeModel(what, value.name);
    if (!(value instanceof Map)) {
      throw fileError(what, `holds ${describe(value)}, not parameters by name`);
    }
    const dict: Dict = value;
    const inner = wrappers.map((name) => dict.get(name));
    const next =
      depth < MAX_DEPTH
        ? (inner.find((one) => one instanceof Map && one.size > 0) ??
          inner.find((one) => isKind(one, 'inert')))
        : undefined;
    if (next === undefined || (isKind(next, 'inert') && holdsTensor(dict))) {
      if (holdsTensor(dict)) return dict;
      throw fileError(what, `holds no tensors by name; it has ${printKeys(dict)}`);
    }
    value = next;
  }
}

/** Without the prefixes that all names have. */
function withoutPrefix(names: readonly string[]): (name: string) => string {
  let size = 0;
  for (;;) {
    const found = prefixes.find((prefix) => names.every((name) => name.startsWith(prefix, size)));
    if (found === undefined || names.length === 0) return (name) => name.slice(size);
    size += found.length;
  }
}

/**
 * What the state dict has by name, tensors and others, in its order. `entry` is where it is, for a file that
 * has several.
 */
export function findState(
  root: Value,
  what: string,
  entry?: string,
): readonly (readonly [string, Value])[] {
  const dict = unwrap(entry === undefined ? root : entryOf(root, entry, what), what);
  const named = [...dict].filter((pair): pair is [string, Value] => typeof pair[0] === 'string');
  const tensorNames = named.filter(([, value]) => isKind(value, 'tensor')).map(([name]) => name);
  const strip = withoutPrefix(tensorNames);
  return named.map(([name, value]) => [isKind(value, 'tensor') ? strip(name) : name, value]);
}
