/** Opcodes that make and fill lists, tuples, sets and dicts, and those that keep the stack and memo. */
import { readU32, readU8 } from './cursor.ts';
import { readInteger } from './literals.ts';
import { type Machine, newDict, pickleError, pop, popMark, spend, top } from './machine.ts';
import { OPCODE } from './opcodes.ts';
import { describe, isKind, type Value } from './values.ts';

type Run = (machine: Machine) => void;

/** Adds to what is on top. What stands for an unknown object takes anything, and forgets it. */
function extend(machine: Machine, items: readonly Value[]): void {
  const list = top(machine);
  spend(machine, items.length);
  if (Array.isArray(list)) for (const item of items) list.push(item);
  else if (!isKind(list, 'inert')) {
    throw pickleError(machine, `${describe(list)} is extended as a list`);
  }
}

/** Keys and values, one after the other, into the dict given. */
export function fill(machine: Machine, dict: Value, items: readonly Value[]): void {
  if (items.length % 2 !== 0) throw pickleError(machine, 'a key has no value');
  spend(machine, items.length);
  if (dict instanceof Map) {
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
  } else if (!isKind(dict, 'inert')) {
    throw pickleError(machine, `${describe(dict)} is filled as a dict`);
  }
}

function extendByAll(machine: Machine): void {
  const items = popMark(machine);
  extend(machine, items);
}

function fillByOne(machine: Machine): void {
  const value = pop(machine);
  const key = pop(machine);
  fill(machine, top(machine), [key, value]);
}

function fillByAll(machine: Machine): void {
  const items = popMark(machine);
  fill(machine, top(machine), items);
}

function popDict(machine: Machine): Value {
  const items = popMark(machine);
  const dict = newDict(machine);
  fill(machine, dict, items);
  return dict;
}

function tuple(size: number): Run {
  return (machine) => {
    const items = Array.from({ length: size }, () => pop(machine)).reverse();
    machine.stack.push(items);
  };
}

function put(machine: Machine, index: number | bigint): void {
  if (typeof index === 'bigint' || index < 0) {
    throw pickleError(machine, `the memo has no place ${index}`);
  }
  machine.memo.set(index, top(machine));
}

function get(machine: Machine, index: number | bigint): void {
  const value = machine.memo.get(Number(index));
  if (value === undefined) throw pickleError(machine, `the memo has nothing at ${index}`);
  machine.stack.push(value);
}

/** `0` drops a mark where there is nothing above it, as Python does. */
function drop(machine: Machine): void {
  const { stack, marks } = machine;
  if (marks.length > 0 && marks.at(-1) === stack.length) marks.pop();
  else pop(machine);
}

/** By opcode. */
export const containers: ReadonlyMap<number, Run> = new Map<number, Run>([
  [OPCODE.MARK, ({ stack, marks }) => void marks.push(stack.length)],
  [OPCODE.POP, drop],
  [OPCODE.POP_MARK, (m) => void popMark(m)],
  [OPCODE.DUP, (m) => void m.stack.push(top(m))],
  [OPCODE.EMPTY_LIST, ({ stack }) => void stack.push([])],
  [OPCODE.EMPTY_SET, ({ stack }) => void stack.push([])],
  [OPCODE.EMPTY_TUPLE, ({ stack }) => void stack.push([])],
  [OPCODE.EMPTY_DICT, (m) => void m.stack.push(newDict(m))],
  [OPCODE.LIST, (m) => void m.stack.push(popMark(m))],
  [OPCODE.TUPLE, (m) => void m.stack.push(popMark(m))],
  [OPCODE.FROZENSET, (m) => void m.stack.push(popMark(m))],
  [OPCODE.DICT, (m) => void m.stack.push(popDict(m))],
  [OPCODE.TUPLE1, tuple(1)],
  [OPCODE.TUPLE2, tuple(2)],
  [OPCODE.TUPLE3, tuple(3)],
  [OPCODE.APPEND, (m) => extend(m, [pop(m)])],
  [OPCODE.APPENDS, extendByAll],
  [OPCODE.ADDITEMS, extendByAll],
  [OPCODE.SETITEM, fillByOne],
  [OPCODE.SETITEMS, fillByAll],
  [OPCODE.GET, (m) => get(m, readInteger(m))],
  [OPCODE.BINGET, (m) => get(m, readU8(m.cursor))],
  [OPCODE.LONG_BINGET, (m) => get(m, readU32(m.cursor))],
  [OPCODE.PUT, (m) => put(m, readInteger(m))],
  [OPCODE.BINPUT, (m) => put(m, readU8(m.cursor))],
  [OPCODE.LONG_BINPUT, (m) => put(m, readU32(m.cursor))],
  [OPCODE.MEMOIZE, (m) => put(m, m.memo.size)],
]);
