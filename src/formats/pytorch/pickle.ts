/**
 * Reads a pickle without Python: dicts, lists, tuples, numbers, strings and notes on tensors come out.
 * Nothing is imported, called or built that the file names. https://peps.python.org/pep-3154/
 */
import { containers } from './containers.ts';
import { readU64, readU8 } from './cursor.ts';
import { literals } from './literals.ts';
import { machineAt, pickleError, pop, spend, type StorageInfo } from './machine.ts';
import { objects } from './objects.ts';
import { OPCODE } from './opcodes.ts';
import type { Value } from './values.ts';

/** Of the protocols there are. */
const MAX_PROTOCOL = 5;

export interface Pickle {
  /** May contain itself. */
  readonly value: Value;
  /** Where it ends in the bytes. */
  readonly end: number;
  /** The storages that it names, by key. */
  readonly storages: ReadonlyMap<string, StorageInfo>;
}

/**
 * The pickle that begins at `position`. Takes time and memory in proportion to its length, and none of the
 * program's stack however deep it is nested. Throws a `file` error for what is truncated, not a pickle, or
 * contradicts itself.
 */
export function readPickle(bytes: Uint8Array, what: string, position = 0): Pickle {
  const machine = machineAt(bytes, what, position);
  const { cursor, stack, storages } = machine;
  for (;;) {
    spend(machine, 1);
    const opcode = readU8(cursor);
    if (opcode === OPCODE.STOP) return { value: pop(machine), end: cursor.position, storages };
    if (opcode === OPCODE.PROTO) {
      const protocol = readU8(cursor);
      if (protocol > MAX_PROTOCOL) throw pickleError(machine, `protocol ${protocol} is unknown`);
      continue;
    }
    // How long the next part is: of use only to who reads from a stream.
    if (opcode === OPCODE.FRAME) {
      readU64(cursor);
      continue;
    }
    const literal = literals.get(opcode);
    if (literal) {
      stack.push(literal(machine));
      continue;
    }
    const run = containers.get(opcode) ?? objects.get(opcode);
    if (!run) {
      const code = opcode.toString(16).padStart(2, '0');
      throw pickleError(machine, `the opcode 0x${code} is unknown`);
    }
    run(machine);
  }
}
