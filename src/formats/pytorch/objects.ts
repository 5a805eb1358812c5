/**
 * Opcodes that in Python import, call and build objects. Here a name is only compared with the few that
 * state dicts need; whatever else would be called becomes an inert note of its name.
 */
import { fill } from './containers.ts';
import { readLine } from './literals.ts';
import { type Machine, newDict, pickleError, pop, popMark, spend, top } from './machine.ts';
import { OPCODE } from './opcodes.ts';
import { describe, isCount, isKind, type Global, type Storage, type Value } from './values.ts';

type Make = (args: readonly Value[], machine: Machine) => Value;

const listOf: Make = ([items = []], machine) => {
  if (!Array.isArray(items)) throw pickleError(machine, `a list is made of ${describe(items)}`);
  spend(machine, items.length);
  return [...items];
};

/** Of nothing, or of pairs, as Python 2 wrote it. */
const dictOf: Make = ([pairs = []], machine) => {
  const dict = newDict(machine);
  if (!Array.isArray(pairs)) throw pickleError(machine, `a dict is made of ${describe(pairs)}`);
  spend(machine, pairs.length);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw pickleError(machine, `a dict is made of ${describe(pair)}, not pairs`);
    }
    fill(machine, dict, pair);
  }
  return dict;
};

const noteTensor: Make = ([storage = null, offset = null, shape = null, strides = null]) => ({
  kind: 'tensor',
  storage,
  offset,
  shape,
  strides,
});

/** A tensor with attributes: the function and its arguments come first and third. */
const typedTensor: Make = ([make, , args], machine) =>
  isKind(make, 'global') && Array.isArray(args) && !make.name.includes('_rebuild_from_type')
    ? call(make, args, machine)
    : { kind: 'inert', name: 'torch._tensor._rebuild_from_type_v2' };

const known: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['collections.OrderedDict', dictOf],
  ['collections.defaultdict', (_, machine) => newDict(machine)],
  ['builtins.dict', dictOf],
  ['builtins.list', listOf],
  ['builtins.tuple', listOf],
  ['builtins.set', listOf],
  ['builtins.frozenset', listOf],
  ['torch.Size', listOf],
  ['torch._utils._rebuild_tensor', noteTensor],
  ['torch._utils._rebuild_tensor_v2', noteTensor],
  ['torch._utils._rebuild_parameter', ([tensor = null]) => tensor],
  ['torch._utils._rebuild_parameter_with_state', ([tensor = null]) => tensor],
  ['torch._tensor._rebuild_from_type_v2', typedTensor],
]);

/** Calls nothing: `make` is a name. */
function call(make: Value, args: Value, machine: Machine): Value {
  if (!Array.isArray(args)) throw pickleError(machine, `arguments are ${describe(args)}`);
  if (isKind(make, 'global')) {
    return known.get(make.name)?.(args, machine) ?? { kind: 'inert', name: make.name };
  }
  if (isKind(make, 'inert')) return make;
  throw pickleError(machine, `${describe(make)} is called`);
}

const globalOf = (module: string, name: string): Global => ({
  kind: 'global',
  // Python 2's name of the same module.
  name: `${module === '__builtin__' ? 'builtins' : module}.${name}`,
});

function stackGlobal(machine: Machine): void {
  const [name, module] = [pop(machine), pop(machine)];
  if (typeof name !== 'string' || typeof module !== 'string') {
    throw pickleError(machine, `a name is ${describe(typeof name === 'string' ? module : name)}`);
  }
  machine.stack.push(globalOf(module, name));
}

/** `('storage', type, key, device, size)`, and in old files a view: `(its key, start, size)`. */
function storageOf(id: readonly Value[], machine: Machine): Storage {
  const [, type, key, , size, view = null] = id;
  const [start, length] = Array.isArray(view) ? view.slice(1) : [0, size];
  const counts = [size, start, length].every(isCount);
  if (!isKind(type, 'global') || typeof key !== 'string' || !counts) {
    throw pickleError(machine, 'a storage is malformed');
  }
  const full = { type: type.name.replace(/^torch\.(cuda\.|storage\.)?/, ''), size: size as number };
  const before = machine.storages.get(key) ?? full;
  if (before.type !== full.type || before.size !== full.size) {
    throw pickleError(machine, `the storage ${JSON.stringify(key)} has two types or sizes`);
  }
  machine.storages.set(key, full);
  const part = { start: start as number, size: length as number };
  if (part.start + part.size > full.size) throw pickleError(machine, 'a view exceeds its storage');
  return { kind: 'storage', type: full.type, key, ...part };
}

function persistent(machine: Machine): void {
  const id = pop(machine);
  if (!Array.isArray(id)) throw pickleError(machine, `an outer object is ${describe(id)}`);
  // Whole models name their classes so, with the source code.
  if (id[0] === 'module') machine.stack.push(id[1] ?? null);
  else if (id[0] === 'storage') machine.stack.push(storageOf(id, machine));
  else throw pickleError(machine, 'an outer object is neither storage nor module');
}

/** An object's attributes: of no use here. */
function build(machine: Machine): void {
  pop(machine);
  top(machine);
}

type Run = (machine: Machine) => void;

function calling(operands: (machine: Machine) => readonly [Value, Value]): Run {
  return (machine) => {
    const [make, args] = operands(machine);
    machine.stack.push(call(make, args, machine));
  };
}

const twoOnTop = (machine: Machine): [Value, Value] => {
  const args = pop(machine);
  return [pop(machine), args];
};

/** By opcode. */
export const objects: ReadonlyMap<number, Run> = new Map<number, Run>([
  [OPCODE.GLOBAL, (m) => void m.stack.push(globalOf(readLine(m), readLine(m)))],
  [OPCODE.STACK_GLOBAL, stackGlobal],
  [OPCODE.REDUCE, calling(twoOnTop)],
  [OPCODE.NEWOBJ, calling(twoOnTop)],
  [OPCODE.NEWOBJ_EX, calling((m) => (pop(m), twoOnTop(m)))],
  [OPCODE.INST, calling((m) => [globalOf(readLine(m), readLine(m)), popMark(m)])],
  [
    OPCODE.OBJ,
    calling((m) => {
      const [make = null, ...args] = popMark(m);
      return [make, args];
    }),
  ],
  [OPCODE.BUILD, build],
  [OPCODE.BINPERSID, persistent],
]);
