/** An ONNX graph under construction. */
import { create } from '@bufbuild/protobuf';
import { Tensor, toFloat64, type Constant, type Node, type ValueId } from '../../../ir/index.ts';
import type { Output, View } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { copyMessage } from './copy-message.ts';
import { NodeProtoSchema, TensorProtoSchema } from './schema/onnx_pb.ts';
import type { NodeProto, TensorProto } from './schema/onnx_pb.ts';
import type { Static } from './static.ts';
import { attribute, elementType, floatTensor, intTensor, type OnnxAttr } from './write-tensor.ts';

export interface Writer {
  readonly opset: number;
  readonly graph: View;
  /** The name in the file of a value that the current node reads; an absent operand has an empty one. */
  readonly nameOf: (id: ValueId | null) => string;
  /** A name that nothing else in the file has. */
  readonly fresh: (wanted: string) => string;
  /** Adds a node; its output, which is returned, is called `output`. */
  readonly node: (
    op: string,
    inputs: readonly string[],
    output: string,
    attrs?: Readonly<Record<string, OnnxAttr>>,
  ) => string;
  /** Adds a constant of the current node's precision. */
  readonly floats: (
    name: string,
    values: readonly number[] | Float32Array | Float64Array,
    shape?: readonly number[],
  ) => string;
  readonly ints: (name: string, values: readonly number[], shape?: readonly number[]) => string;
  /** Adds what was known while a file was read: the tensor of the file, where it is one. */
  readonly known: (name: string, value: Static, original: TensorProto | undefined) => string;
}

export interface WriterOptions {
  readonly opset: number;
  /** Names the file in errors. */
  readonly what: string;
  /** Names that values of the graph must not have, unless they are inputs or outputs of it. */
  readonly reserved?: Iterable<string>;
  /** The element type of a value where it is known, a `TensorProto.DataType`. */
  readonly element?: (id: ValueId) => number | undefined;
  /** Whether an output with another name than its value is to have a node of its own. */
  readonly keepsAlias?: (output: Output) => boolean;
  /** The tensor of another file that holds this constant; it keeps its name. */
  readonly original?: (id: ValueId, constant: Constant) => TensorProto | undefined;
}

/** ONNX takes an empty name for an absent value, and names are UTF-8. */
const isNameable = (name: string): boolean => name !== '' && !/\p{Surrogate}/u.test(name);

/** Inputs and outputs keep their names; whatever else would have one of them gets another. */
function naming({ graph }: View, { what, reserved = [], keepsAlias }: WriterOptions) {
  for (const name of [...graph.inputs.map(({ id }) => id), ...graph.outputs.map((o) => o.name)]) {
    if (isNameable(name)) continue;
    throw fileError(what, `ONNX cannot have an input or output called ${JSON.stringify(name)}`);
  }
  const taken = new Set(graph.inputs.map(({ id }) => id));
  const names = new Map<ValueId, string>(graph.inputs.map(({ id }) => [id, id]));
  const aliases: Output[] = [];
  for (const { name, value } of graph.outputs) {
    if (names.get(value) === name) continue;
    if (taken.has(name)) {
      throw fileError(
        what,
        `the output "${name}" is not the input "${name}"; ONNX needs two names`,
      );
    }
    taken.add(name);
    const isAlias = name !== value && keepsAlias?.({ name, value }) === true;
    if (names.has(value) || isAlias) aliases.push({ name, value });
    else names.set(value, name);
  }
  for (const name of reserved) taken.add(name);
  const fresh = (wanted: string): string => {
    const base = isNameable(wanted) ? wanted : 'value';
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}.${n}`;
    taken.add(name);
    return name;
  };
  /** Takes the name, if it is free. */
  const claim = (name: string): boolean => !taken.has(name) && taken.add(name).has(name);
  return { names, aliases, fresh, claim };
}

/** A writer, and what it has written. */
export interface Written {
  readonly writer: Writer;
  readonly nodes: readonly NodeProto[];
  readonly weights: readonly TensorProto[];
  /** Runs what adds the nodes for a node of the graph. */
  readonly at: (node: Node, write: () => void) => void;
  /** Adds a node as it is. */
  readonly push: (node: NodeProto) => void;
  /** Those that were added so. */
  readonly copies: ReadonlySet<NodeProto>;
  /** Gives outputs that are inputs or other outputs their own names. */
  readonly finish: () => void;
}

export function writer(view: View, options: WriterOptions): Written {
  const { graph } = view;
  const { names, aliases, fresh, claim } = naming(view, options);
  const reserved = new Set(options.reserved);
  const nodes: NodeProto[] = [];
  const copies = new Set<NodeProto>();
  const weights: TensorProto[] = [];
  const elements = new Map<ValueId, number>();
  const constants = new Map<string, string>();
  const reused = new Map<TensorProto, string>();
  let current: Node | undefined;

  const elementOf = (id: ValueId): number => {
    const known = options.element?.(id) ?? elements.get(id);
    return known ?? elementType[view.value(id).dtype];
  };
  /** Of the node being written: that of what it reads, constants apart. */
  const element = (): number => {
    const activation = current?.inputs.find((id) => id !== null && !view.constant(id));
    const id = activation ?? current?.outputs[0].id ?? graph.inputs[0]?.id;
    return id === undefined ? elementType.f32 : elementOf(id);
  };
  const constantName = (id: ValueId, original: string | undefined): string => {
    const asOutput = names.get(id);
    if (asOutput !== undefined && !weights.some(({ name }) => name === asOutput)) return asOutput;
    // What else reads it may have reserved its name.
    if (original !== undefined && (claim(original) || reserved.has(original))) return original;
    return fresh(id);
  };
  const storeConstant = (id: ValueId, constant: Constant): string => {
    const type = element();
    const key = JSON.stringify([id, type]);
    const known = constants.get(key);
    if (known !== undefined) return known;
    const found = options.original?.(id, constant);
    const original = found?.dataType === type ? found : undefined;
    const name = constantName(id, original?.name);
    constants.set(key, name);
    weights.push(name === original?.name ? original : floatTensor(name, constant, type));
    return name;
  };
  /** Under the tensor's own name, unless that is taken. */
  const reuse = (original: TensorProto): string => {
    const before = reused.get(original);
    if (before !== undefined) return before;
    const isOwn = claim(original.name) || reserved.has(original.name);
    const name = isOwn ? original.name : fresh(original.name);
    reused.set(original, name);
    weights.push(isOwn ? original : copyMessage(TensorProtoSchema, original, { name }));
    return name;
  };
  const nameOf = (id: ValueId | null): string => {
    if (id === null) return '';
    const constant = view.constant(id);
    if (constant) return storeConstant(id, constant);
    const known = names.get(id);
    if (known !== undefined) return known;
    const name = fresh(id);
    names.set(id, name);
    return name;
  };
  const node: Writer['node'] = (op, inputs, output, attrs = {}) => {
    const all = Object.entries(attrs).map(([name, value]) => attribute(name, value));
    const input = [...inputs];
    while (input.at(-1) === '') input.pop();
    const own = current?.outputs[0].id;
    const name = own !== undefined && names.get(own) === output ? current!.id : output;
    nodes.push(
      create(NodeProtoSchema, { name, opType: op, input, output: [output], attribute: all }),
    );
    return output;
  };
  const floats: Writer['floats'] = (wanted, values, shape = [values.length]) => {
    const name = fresh(wanted);
    const data = Array.isArray(values) ? Float64Array.from(values) : values;
    weights.push(floatTensor(name, new Tensor(shape, data as Float64Array), element()));
    return name;
  };
  const ints: Writer['ints'] = (wanted, values, shape) => {
    const name = fresh(wanted);
    weights.push(intTensor(name, values, shape));
    return name;
  };
  const known: Writer['known'] = (wanted, value, original) => {
    if (value.kind === 'floats') {
      return original?.dataType === element()
        ? reuse(original)
        : floats(wanted, value.data, value.shape);
    }
    if (original) return reuse(original);
    return ints(wanted, value.data.map(Number), value.shape);
  };
  return {
    writer: { opset: options.opset, graph: view, nameOf, fresh, node, floats, ints, known },
    nodes,
    weights,
    at(one, write) {
      current = one;
      const [output] = one.outputs;
      elements.set(output.id, element());
      write();
    },
    push(one) {
      nodes.push(one);
      copies.add(one);
    },
    copies,
    finish() {
      current = undefined;
      for (const { name, value } of aliases) node('Identity', [nameOf(value)], name);
      for (const { name, value } of graph.outputs) {
        if (view.constant(value) && names.get(value) === name) nameOf(value);
      }
    },
  };
}

/** The transpose of a constant matrix, [M, K] to [K, M]. */
export function transposed(constant: Constant): { values: Float64Array; shape: [number, number] } {
  const [rows, columns] = constant.shape as [number, number];
  const data = toFloat64(constant);
  const values = Float64Array.from(
    data,
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!,
  );
  return { values, shape: [columns, rows] };
}
