/** The graph under construction, and what each name of the file stands for in it. */
import { constantsOf, makeNode, ReparamError, shapeError, unsupported } from '../../../ir/index.ts';
import type { Constant, Graph, Node, Shape, Value, ValueId } from '../../../ir/index.ts';
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
import { floats, type Floats, type Static } from './static.ts';
import { readTensor } from './tensor-proto.ts';
import { isWritable } from './writable.ts';

/** A node of the graph that is one node of the file, operand for operand. */
export interface Origin {
  readonly node: Node;
  readonly source: OnnxNode;
  /** For each input in the file the value that it is here, or what was known of it. */
  readonly operands: readonly (ValueId | Static | null)[];
}

export interface GraphTarget extends Target {
  readonly define: (name: string, operand: Operand) => void;
  /** Whether the name stands for something, rather than for what could not be imported. */
  readonly isKnown: (name: string) => boolean;
  /** Makes the name an input of the graph. */
  readonly input: (name: string, shape: Shape) => void;
  /** Makes what the name stands for, a value, an output of the graph under this name. */
  readonly output: (name: string) => void;
  /** Adds the node that stands for the file's, whose first output keeps its name. */
  readonly addFor: (source: OnnxNode, made: NewNode) => ValueId;
  readonly isInput: (name: string) => boolean;
  /** Calls `nothing` where the graph would be empty. */
  readonly finish: (nothing: () => never) => {
    readonly graph: Graph;
    readonly origins: ReadonlyMap<string, Origin>;
  };
}

/** Names that the file uses itself, and how many nodes have each name. */
function namesOf(file: ModelFile) {
  const taken = new Set<string>(file.weights.keys());
  const nodeNames = new Map<string, number>();
  for (const { name } of file.nodes) nodeNames.set(name, (nodeNames.get(name) ?? 0) + 1);
  for (const name of nodeNames.keys()) taken.add(name);
  for (const { outputs } of file.nodes) for (const name of outputs) taken.add(name);
  for (const { name } of file.inputs) taken.add(name);
  return { taken, nodeNames };
}

/** The nodes that read each name, null for an output of the file. */
function readersIn(file: ModelFile, order: readonly OnnxNode[]) {
  const readers = new Map<string, (OnnxNode | null)[]>();
  const note = (name: string, reader: OnnxNode | null) => {
    const known = readers.get(name);
    if (known) known.push(reader);
    else readers.set(name, [reader]);
  };
  for (const reader of order) {
    for (const name of [...reader.inputs, ...reader.captures]) note(name, reader);
  }
  for (const name of file.outputs) note(name, null);
  return readers;
}

export function graphTarget(file: ModelFile, order: readonly OnnxNode[]): GraphTarget {
  const operands = new Map<string, Operand>();
  const values = new Map<ValueId, Value>();
  const inputs: Value[] = [];
  const inputNames = new Set<string>();
  const outputs = new Map<string, ValueId>();
  const definitions = new Map<ValueId, Node>();
  const consts = new Map<ValueId, Constant>();
  const origins = new Map<string, Origin>();
  const readers = readersIn(file, order);
  const { taken, nodeNames } = namesOf(file);

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
  const insert = (made: NewNode, id: string, output: ValueId): Node => {
    const added = makeNode(made.op, made.inputs, made.attrs, type, id, output) as Node;
    const [from, to] = [made.inputs[0], added.outputs[0].shape];
    if (made.op === 'reshape' && !isWritable(type(from!).shape, to)) {
      throw unsupported(`to [${to.join(',')}] has several sizes that are open`);
    }
    values.set(output, added.outputs[0]);
    definitions.set(output, added);
    return added;
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
    insert(made, id, id);
    return id;
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
    if (found.kind === 'foreign') throw unsupported(`reads "${name}", ${found.why}`);
    const id = isStatic(found) ? store(name, found) : padding(`${name}.padded`, found);
    if (isStatic(found)) constantIds.set(name, id);
    else operands.set(name, { kind: 'value', id });
    return id;
  };

  const originOperand = (name: string, added: Node): ValueId | Static | null | undefined => {
    if (name === '') return null;
    const found = operand(name);
    if (found.kind === 'value') return found.id;
    if (!isStatic(found)) return undefined;
    const id = constantIds.get(name);
    return id !== undefined && added.inputs.includes(id) ? id : found;
  };
  /** Remembered only where the node reads the file's values in their order, and nothing else. */
  const remember = (added: Node, source: OnnxNode) => {
    if (source.isPattern === true) return;
    const operandsOf = source.inputs.map((name) => originOperand(name, added));
    const read = operandsOf.filter((one) => typeof one === 'string');
    const reads = added.inputs.filter((id) => id !== null);
    if (operandsOf.includes(undefined) || JSON.stringify(read) !== JSON.stringify(reads)) return;
    origins.set(added.id, { node: added, source, operands: operandsOf as Origin['operands'] });
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
    input(name, shape) {
      const value: Value = { id: name, dtype: file.dtype, shape };
      inputs.push(value);
      inputNames.add(name);
      values.set(name, value);
      operands.set(name, { kind: 'value', id: name });
    },
    output(name) {
      outputs.set(name, valueOf(name));
    },
    addFor(source, made) {
      const output = source.outputs[0]!;
      const unique = source.name !== '' && nodeNames.get(source.name) === 1;
      const id = unique ? source.name : nodeNames.has(output) ? fresh(output) : output;
      const added = insert(made, id, output);
      remember(added, source);
      return output;
    },
    isInput: (name) => inputNames.has(name),
    finish(nothing) {
      const [first] = inputs;
      // A graph needs an output; where nothing could be imported, an input serves.
      if (outputs.size === 0) outputs.set(first?.id ?? '', first?.id ?? nothing());
      const listed = [...outputs].map(([name, value]) => ({ name, value }));
      const nodes = [...definitions.values()];
      const graph = {
        name: file.name,
        inputs,
        nodes,
        outputs: listed,
        consts: constantsOf(consts),
      };
      return { graph, origins };
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
