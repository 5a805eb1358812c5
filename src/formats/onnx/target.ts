/** The graph under construction, and what each name of the file stands for in it. */
import { constantsOf, makeNode, ReparamError, shapeError, unsupported } from '../../../ir/index.ts';
import type { Constant, Graph, Node, Value, ValueId } from '../../../ir/index.ts';
import type { ModelFile } from './model-file.ts';
import type { OnnxNode } from './onnx-node.ts';
import { borderAround, type Padded } from './padded.ts';
import {
  isStatic,
  node,
  paddedChannels,
  tensorOf,
  type NewNode,
  type Operand,
  type Target,
} from './site.ts';
import { floats, type Floats } from './static.ts';
import { readTensor } from './tensor-proto.ts';

export interface GraphTarget extends Target {
  readonly define: (name: string, operand: Operand) => void;
  /** Whether the name stands for something, rather than for what could not be imported. */
  readonly isKnown: (name: string) => boolean;
  /** Adds the node that stands for the file's, whose first output keeps its name. */
  readonly addFor: (source: OnnxNode, made: NewNode) => ValueId;
  readonly finish: () => Graph;
}

export function graphTarget(file: ModelFile, order: readonly OnnxNode[]): GraphTarget {
  const operands = new Map<string, Operand>();
  const values = new Map<ValueId, Value>();
  const definitions = new Map<ValueId, Node>();
  const consts = new Map<ValueId, Constant>();
  const readers = new Map<string, (OnnxNode | null)[]>();
  const taken = new Set<string>(file.weights.keys());
  const nodeNames = new Map<string, number>();
  for (const { name } of file.nodes) nodeNames.set(name, (nodeNames.get(name) ?? 0) + 1);
  for (const name of nodeNames.keys()) taken.add(name);
  for (const { outputs } of file.nodes) for (const name of outputs) taken.add(name);
  for (const { name } of file.inputs) taken.add(name);
  const note = (name: string, reader: OnnxNode | null) => {
    const known = readers.get(name);
    if (known) known.push(reader);
    else readers.set(name, [reader]);
  };
  for (const reader of order) for (const name of reader.inputs) note(name, reader);
  for (const name of file.outputs) note(name, null);
  const inputs = file.inputs.map(({ name, shape }): Value => ({
    id: name,
    dtype: file.dtype,
    shape,
  }));
  for (const input of inputs) {
    values.set(input.id, input);
    operands.set(input.id, { kind: 'value', id: input.id });
  }

  const fresh = (wanted: string): string => {
    let name = wanted;
    for (let n = 2; taken.has(name) || values.has(name); n++) name = `${wanted}.${n}`;
    taken.add(name);
    return name;
  };
  const type = (id: ValueId): Value => {
    const found = values.get(id);
    if (found) return found;
    throw new ReparamError('invalid-graph', `there is no value "${id}"`, id);
  };
  const insert = (made: NewNode, id: string, output: ValueId): ValueId => {
    const added = makeNode(made.op, made.inputs, made.attrs, type, id, output) as Node;
    values.set(output, added.outputs[0]);
    definitions.set(output, added);
    return output;
  };
  const store = (id: ValueId, { shape, data }: Floats): ValueId => {
    if (data.length === 0) throw unsupported(`reads "${id}", which has no elements`);
    const Data = file.dtype === 'f64' ? Float64Array : Float32Array;
    const typed = data instanceof Data ? data : Data.from(data);
    const constant = tensorOf(floats(typed, shape));
    consts.set(id, constant);
    values.set(id, { id, dtype: constant.dtype, shape });
    return id;
  };
  const operand = (name: string): Operand => {
    const found = operands.get(name);
    if (found) return found;
    const proto = file.weights.get(name);
    if (!proto) throw shapeError(`reads "${name}", which nothing defines`);
    const read = readWeight(name, () => readTensor(proto, file.dtype));
    operands.set(name, read);
    return read;
  };
  const add = (name: string, made: NewNode): ValueId => {
    const id = fresh(name);
    return insert(made, id, id);
  };
  const constant = (name: string, data: Floats) => store(fresh(name), data);

  /** A border on its own is a convolution of each channel with 1; one by pixel is added to it. */
  const padding = (name: string, padded: Padded): ValueId => {
    const { x, pads, border } = padded;
    const channels = paddedChannels(type(x).shape);
    const one = new Float32Array(channels).fill(1);
    const w = constant(`${name}.weight`, floats(one, [channels, 1, 1, 1]));
    const attrs = { pads, group: channels };
    if (typeof border !== 'number' && border.shape.length === 3) {
      const image = add(`${name}.image`, node('conv2d', [x, w], attrs));
      const around = constant(`${name}.border`, borderAround(padded, border));
      return add(name, node('add', [image, around]));
    }
    const values = typeof border === 'number' ? floats(one.map(() => border)) : border;
    const around = border === 0 ? null : constant(`${name}.value`, values);
    return add(name, node('conv2d', [x, w, null, around], attrs));
  };

  // A constant stays known as one; the value that holds it is remembered apart.
  const constantIds = new Map<string, ValueId>();
  const valueOf = (name: string): ValueId => {
    const made = constantIds.get(name);
    if (made !== undefined) return made;
    const found = operand(name);
    if (found.kind === 'value') return found.id;
    if (found.kind === 'ints') throw unsupported(`"${name}" holds integers, not floats`);
    const isWeight = file.weights.has(name) && !values.has(name);
    const id = isStatic(found)
      ? isWeight
        ? store(name, found)
        : constant(`${name}.value`, found)
      : padding(`${name}.padded`, found);
    if (isStatic(found)) constantIds.set(name, id);
    else operands.set(name, { kind: 'value', id });
    return id;
  };

  return {
    opset: file.opset,
    operand,
    type,
    definition: (id) => definitions.get(id),
    uses: (name) => readers.get(name)?.length ?? 0,
    readers: (name) => readers.get(name) ?? [],
    asValue: valueOf,
    constant,
    add,
    define: (name, what) => operands.set(name, what),
    isKnown: (name) => operands.has(name) || file.weights.has(name),
    addFor(source, made) {
      const output = source.outputs[0]!;
      const unique = source.name !== '' && nodeNames.get(source.name) === 1;
      const id = unique ? source.name : nodeNames.has(output) ? fresh(output) : output;
      return insert(made, id, output);
    },
    finish() {
      // First, since an output may be a border or a constant that nothing else made a value of.
      const outputs = file.outputs.map((name) => ({ name, value: valueOf(name) }));
      const nodes = [...definitions.values()];
      return { name: file.name, inputs, nodes, outputs, consts: constantsOf(consts) };
    },
  };
}

function readWeight<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    throw new ReparamError(error.code, `the initializer "${name}" ${error.message}`);
  }
}
