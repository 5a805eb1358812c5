/** The state of the pickle reader: a stack, marks on it, and a memo. */
import type { ReparamError } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import type { Value } from './values.ts';

/** Far above any checkpoint's; keeps a file from filling the memory with empty lists. */
const MAX_STEPS = 5_000_000;

export interface StorageInfo {
  readonly type: string;
  /** Elements. */
  readonly size: number;
}

export interface Machine {
  readonly cursor: Cursor;
  readonly stack: Value[];
  /** Heights of the stack. */
  readonly marks: number[];
  readonly memo: Map<number, Value>;
  /** The storages that were named, by key. */
  readonly storages: Map<string, StorageInfo>;
  /** Left to do: one for each opcode, and one for each item that an opcode copies. */
  steps: number;
}

export const machineAt = (bytes: Uint8Array, what: string, position: number): Machine => ({
  cursor: cursorAt(bytes, what, position),
  stack: [],
  marks: [],
  memo: new Map(),
  storages: new Map(),
  steps: MAX_STEPS,
});

/** A `file` error that says where in the pickle it is. */
export const pickleError = ({ cursor }: Machine, message: string): ReparamError =>
  fileError(cursor.what, `has a broken pickle: ${message}, before byte ${cursor.position}`);

export function spend(machine: Machine, steps: number): void {
  machine.steps -= steps;
  if (machine.steps >= 0) return;
  throw fileError(machine.cursor.what, `has a pickle of more than ${MAX_STEPS} steps`);
}

/** What an empty dict takes of memory, where most other values take one step's. */
const DICT_STEPS = 10;

export function newDict(machine: Machine): Map<Value, Value> {
  spend(machine, DICT_STEPS);
  return new Map();
}

/** As in Python, what lies below the last mark is out of reach. */
const floorOf = ({ marks }: Machine) => marks.at(-1) ?? 0;

export function pop(machine: Machine): Value {
  if (machine.stack.length <= floorOf(machine)) throw pickleError(machine, 'the stack is empty');
  return machine.stack.pop()!;
}

export function top(machine: Machine): Value {
  if (machine.stack.length <= floorOf(machine)) throw pickleError(machine, 'the stack is empty');
  return machine.stack.at(-1)!;
}

/** Everything above the last mark, which goes. */
export function popMark(machine: Machine): Value[] {
  const mark = machine.marks.pop();
  if (mark === undefined) throw pickleError(machine, 'there is no mark');
  return machine.stack.splice(mark);
}
