/** Opcodes that make and fill lists, tuples, sets and dicts, and those that keep the stack and memo. */
import { readU32, readU8 } from './cursor.ts';
import { readInteger } from './literals.ts';
import { type Machine, newDict, pickleError, pop, popMark, spend, top } from './machine.ts';
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
  [0x28, ({ stack, marks }) => void marks.push(stack.length)],
  [0x30, drop],
  [0x31, (m) => void popMark(m)],
  [0x32, (m) => void m.stack.push(top(m))],
  [0x5d, ({ stack }) => void stack.push([])],
  [0x8f, ({ stack }) => void stack.push([])],
  [0x29, ({ stack }) => void stack.push([])],
  [0x7d, (m) => void m.stack.push(newDict(m))],
  [0x6c, (m) => void m.stack.push(popMark(m))],
  [0x74, (m) => void m.stack.push(popMark(m))],
  [0x91, (m) => void m.stack.push(popMark(m))],
  [0x64, (m) => void m.stack.push(popDict(m))],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  [0x61, (m) => extend(m, [pop(m)])],
  [
    0x65,
    (m) => {
      const items = popMark(m);
      extend(m, items);
    },
  ],
  [
    0x90,
    (m) => {
      const items = popMark(m);
      extend(m, items);
    },
  ],
  [
    0x73,
    (m) => {
      const value = pop(m);
      const key = pop(m);
      fill(m, top(m), [key, value]);
    },
  ],
  [
    0x75,
    (m) => {
      const items = popMark(m);
      fill(m, top(m), items);
    },
  ],
  [0x67, (m) => get(m, readInteger(m))],
  [0x68, (m) => get(m, readU8(m.cursor))],
  [0x6a, (m) => get(m, readU32(m.cursor))],
  [0x70, (m) => put(m, readInteger(m))],
  [0x71, (m) => put(m, readU8(m.cursor))],
  [0x72, (m) => put(m, readU32(m.cursor))],
  [0x94, (m) => put(m, m.memo.size)],
]);
