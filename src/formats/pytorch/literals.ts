/** Opcodes that push a number, a string or bytes. */
import { advance, decodeText, readI32, readU16, readU32, readU64, readU8, take } from './cursor.ts';
import { type Machine, pickleError } from './machine.ts';
import { OPCODE } from './opcodes.ts';
import type { Value } from './values.ts';

/** Far above what a number needs; turning longer texts into numbers takes more than linear time. */
const MAX_DIGITS = 400;

/** The text up to the end of the line, as the oldest protocol writes everything. */
export function readLine(machine: Machine, limit = Infinity): string {
  const { cursor } = machine;
  const end = cursor.bytes.indexOf(0x0a, cursor.position);
  if (end < 0) throw pickleError(machine, 'a line does not end');
  const size = end - cursor.position;
  if (size > limit) throw pickleError(machine, `a number has ${size} characters`);
  const line = decodeText(take(cursor, size), cursor.what);
  advance(cursor, 1);
  return line;
}

/** A whole number: a `number` if it is exact as one. */
function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function readInteger(machine: Machine): number | bigint {
  const line = readLine(machine, MAX_DIGITS).replace(/L$/, '');
  if (!/^[+-]?\d+$/.test(line)) throw pickleError(machine, 'a number is malformed');
  return integer(BigInt(line.replace(/^\+/, '')));
}

/** Two's complement, the lowest byte first. */
function readLong(machine: Machine, size: number): number | bigint {
  if (size > 255) throw pickleError(machine, `a number has ${size} bytes`);
  let value = 0n;
  const bytes = take(machine.cursor, size);
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return integer(BigInt.asIntN(8 * size, value));
}

function readFloat(machine: Machine): number {
  const line = readLine(machine, MAX_DIGITS).trim();
  const named = { inf: Infinity, '-inf': -Infinity, nan: NaN, '-nan': NaN } as const;
  if (Object.hasOwn(named, line)) return named[line as keyof typeof named];
  const value = Number(line);
  if (line === '' || Number.isNaN(value)) throw pickleError(machine, 'a number is malformed');
  return value;
}

/** Python 2's strings have no encoding; PyTorch's names are ASCII. */
const latin = (bytes: Uint8Array) => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

function readQuoted(machine: Machine): string {
  const line = readLine(machine);
  const quoted = /^(['"])(.*)\1$/s.exec(line);
  if (!quoted || quoted[2]!.includes('\\')) throw pickleError(machine, 'a string is malformed');
  return quoted[2]!;
}

const text = (machine: Machine, size: number) =>
  decodeText(take(machine.cursor, size), machine.cursor.what);

/** `I`: an integer, but 00 and 01 are truth values. */
function readInt(machine: Machine): Value {
  const { cursor } = machine;
  const ahead = latin(cursor.bytes.subarray(cursor.position, cursor.position + 3));
  const value = readInteger(machine);
  return ahead === '00\n' ? false : ahead === '01\n' ? true : value;
}

type Read = (machine: Machine) => Value;

/** By opcode. */
export const literals: ReadonlyMap<number, Read> = new Map<number, Read>([
  [OPCODE.NONE, () => null],
  [OPCODE.NEWTRUE, () => true],
  [OPCODE.NEWFALSE, () => false],
  [OPCODE.INT, readInt],
  [OPCODE.BININT, ({ cursor }) => readI32(cursor)],
  [OPCODE.BININT1, ({ cursor }) => readU8(cursor)],
  [OPCODE.BININT2, ({ cursor }) => readU16(cursor)],
  [OPCODE.LONG, readInteger],
  [OPCODE.LONG1, (m) => readLong(m, readU8(m.cursor))],
  [OPCODE.LONG4, (m) => readLong(m, readU32(m.cursor))],
  [OPCODE.FLOAT, readFloat],
  // The one number that is big-endian.
  [OPCODE.BINFLOAT, ({ cursor }) => cursor.view.getFloat64(advance(cursor, 8))],
  [OPCODE.STRING, readQuoted],
  [OPCODE.BINSTRING, ({ cursor }) => latin(take(cursor, readU32(cursor)))],
  [OPCODE.SHORT_BINSTRING, ({ cursor }) => latin(take(cursor, readU8(cursor)))],
  [OPCODE.UNICODE, readLine],
  [OPCODE.BINUNICODE, (m) => text(m, readU32(m.cursor))],
  [OPCODE.SHORT_BINUNICODE, (m) => text(m, readU8(m.cursor))],
  [OPCODE.BINUNICODE8, (m) => text(m, readU64(m.cursor))],
  [OPCODE.BINBYTES, ({ cursor }) => take(cursor, readU32(cursor))],
  [OPCODE.SHORT_BINBYTES, ({ cursor }) => take(cursor, readU8(cursor))],
  [OPCODE.BINBYTES8, ({ cursor }) => take(cursor, readU64(cursor))],
  [OPCODE.BYTEARRAY8, ({ cursor }) => take(cursor, readU64(cursor))],
]);
