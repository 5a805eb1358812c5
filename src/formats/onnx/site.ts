/** What an operator's import sees: one node, its operands, and a way to make the nodes that stand for it. */
import {
  shapeError,
  Tensor,
  unsupported,
  type AttrsOf,
  type Node,
  type OpName,
} from '../../../ir/index.ts';
import type { Shape, Value, ValueId } from '../../../ir/index.ts';
import type { OnnxNode } from './onnx-node.ts';
import { paddedShape, type Padded } from './padded.ts';
import { plainInts, scalar, type Floats, type Ints, type Static } from './static.ts';

/** More than any network has: a small file must not make a weight for each of 2^40. */
const MAX_CHANNELS = 2 ** 16;

/** The number of channels of an image around which a border becomes weights; `unsupported` where it is open. */
export function paddedChannels(shape: Shape): number {
  const channels = shape[1];
  if (typeof channels === 'number' && channels <= MAX_CHANNELS) return channels;
  throw unsupported(`pads ${channels ?? 'no'} channels, which is not supported`);
}

/** A value of which too little is known to compute with it. */
export interface Foreign {
  readonly kind: 'foreign';
  readonly why: string;
}

/** What a name in the file stands for. */
export type Operand = { readonly kind: 'value'; readonly id: ValueId } | Padded | Static | Foreign;

export type NewNode = {
  [K in OpName]: {
    readonly kind: 'node';
    readonly op: K;
    readonly inputs: readonly (ValueId | null)[];
    readonly attrs: Partial<AttrsOf<K>>;
  };
}[OpName];

export const node = <K extends OpName>(
  op: K,
  inputs: readonly (ValueId | null)[],
  attrs: Partial<AttrsOf<K>> = {},
): NewNode => ({ kind: 'node', op, inputs, attrs }) as unknown as NewNode;

/** The graph that the import makes. */
export interface Target {
  readonly opset: number;
  readonly operand: (name: string) => Operand;
  readonly type: (id: ValueId) => Value;
  readonly definition: (id: ValueId) => Node | undefined;
  /** How many operands in the file have this name, outputs of the graph included. */
  readonly uses: (name: string) => number;
  /** What reads the value, once for each operand; null for an output of the graph. */
  readonly readers: (name: string) => readonly (OnnxNode | null)[];
  /** The operand as a value of the graph. */
  readonly asValue: (name: string) => ValueId;
  /** Adds a constant under this name, or another if that is taken. */
  readonly constant: (name: string, data: Floats) => ValueId;
  /** Adds a node whose name begins with this one. */
  readonly add: (name: string, node: NewNode) => ValueId;
}

export interface Site {
  readonly node: OnnxNode;
  readonly opset: number;
  readonly has: (index: number) => boolean;
  readonly operand: (index: number) => Operand;
  /** The operand as a value of the graph, whatever it is. */
  readonly value: (index: number) => ValueId;
  /** The same, or null where it is absent. */
  readonly optional: (index: number) => ValueId | null;
  readonly known: (index: number) => Static | null;
  readonly floats: (index: number, what: string) => Floats;
  readonly ints: (index: number, what: string) => Ints;
  /** Integers all of which are numbers. */
  readonly numbers: (index: number, what: string) => number[];
  readonly scalar: (index: number, what: string) => number;
  readonly shape: (id: ValueId) => Shape;
  /** The shape of the operand, whatever it is. */
  readonly shapeOf: (index: number) => Shape;
  readonly definition: (id: ValueId) => Node | undefined;
  readonly uses: (index: number) => number;
  readonly readers: Target['readers'];
  /** Adds a node before the one that stands for the operator. */
  readonly add: (part: string, node: NewNode) => ValueId;
  readonly constant: (part: string, data: Floats) => ValueId;
  /** Throws `unsupported` if any output but the first is read. */
  readonly onlyFirstOutput: () => void;
}

export const isStatic = (operand: Operand): operand is Static =>
  operand.kind === 'floats' || operand.kind === 'ints';

export function siteOf(onnx: OnnxNode, target: Target): Site {
  const has = (index: number) => (onnx.inputs[index] ?? '') !== '';
  const name = (index: number): string => {
    if (has(index)) return onnx.inputs[index]!;
    throw shapeError(`lacks its input ${index}`);
  };
  const known = (index: number): Static | null => {
    if (!has(index)) return null;
    const operand = target.operand(name(index));
    return isStatic(operand) ? operand : null;
  };
  const expectKnown = (index: number, what: string): Static => {
    const found = known(index);
    if (found) return found;
    if (has(index)) throw unsupported(`${what} must be constant`);
    throw shapeError(`lacks its input ${index}, ${what}`);
  };
  const ints: Site['ints'] = (index, what) => {
    const found = expectKnown(index, what);
    if (found.kind === 'ints') return found;
    throw shapeError(`${what} must be integers`);
  };
  const first = onnx.outputs[0] ?? '';
  return {
    node: onnx,
    opset: target.opset,
    has,
    operand: (index) => target.operand(name(index)),
    value: (index) => target.asValue(name(index)),
    optional: (index) => (has(index) ? target.asValue(name(index)) : null),
    known,
    floats(index, what) {
      const found = expectKnown(index, what);
      if (found.kind === 'floats') return found;
      throw unsupported(`${what} must be floating-point`);
    },
    ints,
    numbers: (index, what) => plainInts(ints(index, what), what),
    scalar: (index, what) => scalar(expectKnown(index, what), what),
    shape: (id) => target.type(id).shape,
    shapeOf(index) {
      const operand = target.operand(name(index));
      if (operand.kind === 'value') return target.type(operand.id).shape;
      if (isStatic(operand)) return operand.shape;
      if (operand.kind === 'foreign') throw unsupported(`reads "${name(index)}", ${operand.why}`);
      return paddedShape(target.type(operand.x).shape, operand.pads);
    },
    definition: target.definition,
    uses: (index) => target.uses(name(index)),
    readers: target.readers,
    add: (part, made) => target.add(`${first}.${part}`, made),
    constant: (part, data) => target.constant(`${first}.${part}`, data),
    onlyFirstOutput() {
      const read = onnx.outputs.slice(1).find((output) => output !== '' && target.uses(output) > 0);
      if (read !== undefined) throw unsupported(`has the output "${read}", which is not supported`);
    },
  };
}

export const tensorOf = ({ shape, data }: Floats): Tensor => new Tensor(shape, data);

/** A node, a constant, or another name for an operand. */
export type Imported = NewNode | Operand;
export type ImportOp = (site: Site) => Imported;
