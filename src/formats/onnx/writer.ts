/** An ONNX graph under construction. */
import { create } from '@bufbuild/protobuf';
import { Tensor, toFloat64, type Constant, type Graph, type ValueId } from '../../../ir/index.ts';
import type { View } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { NodeProtoSchema, type NodeProto, type TensorProto } from './schema/onnx_pb.ts';
import { attribute, floatTensor, intTensor, type OnnxAttr } from './write-tensor.ts';

export interface Writer {
  readonly opset: number;
  readonly graph: View;
  readonly nodes: NodeProto[];
  readonly weights: TensorProto[];
  /** The name in the file of a value; an absent operand has an empty one. */
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
  /** Adds a constant of the graph's precision. */
  readonly floats: (
    name: string,
    values: readonly number[] | Float64Array,
    shape?: readonly number[],
  ) => string;
  readonly ints: (name: string, values: readonly number[]) => string;
}

/** ONNX takes an empty name for an absent value, and names are UTF-8. */
const isNameable = (name: string): boolean => name !== '' && !/\p{Surrogate}/u.test(name);

/** Inputs and outputs keep their names; whatever else would have one of them gets another. */
function naming({ graph }: View, what: string) {
  for (const name of [...graph.inputs.map(({ id }) => id), ...graph.outputs.map((o) => o.name)]) {
    if (isNameable(name)) continue;
    throw fileError(what, `ONNX cannot have an input or output called ${JSON.stringify(name)}`);
  }
  const taken = new Set(graph.inputs.map(({ id }) => id));
  const names = new Map<ValueId, string>(graph.inputs.map(({ id }) => [id, id]));
  const aliases: { name: string; value: ValueId }[] = [];
  for (const { name, value } of graph.outputs) {
    if (names.get(value) === name) continue;
    if (taken.has(name)) {
      throw fileError(
        what,
        `the output "${name}" is not the input "${name}"; ONNX needs two names`,
      );
    }
    taken.add(name);
    if (names.has(value)) aliases.push({ name, value });
    else names.set(value, name);
  }
  const fresh = (wanted: string): string => {
    const base = isNameable(wanted) ? wanted : 'value';
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}.${n}`;
    taken.add(name);
    return name;
  };
  const nameOf = (id: ValueId | null): string => {
    if (id === null) return '';
    const known = names.get(id);
    if (known !== undefined) return known;
    const name = fresh(id);
    names.set(id, name);
    return name;
  };
  return { names, aliases, fresh, nameOf };
}

export function writer(view: View, opset: number, what: string) {
  const { graph } = view;
  const { aliases, fresh, nameOf } = naming(view, what);
  const dtype = (graph.inputs[0] ?? Object.values(graph.consts)[0])?.dtype ?? 'f32';
  const nodes: NodeProto[] = [];
  const weights: TensorProto[] = [];
  const node: Writer['node'] = (op, inputs, output, attrs = {}) => {
    const all = Object.entries(attrs).map(([name, value]) => attribute(name, value));
    const input = [...inputs];
    while (input.at(-1) === '') input.pop();
    nodes.push(
      create(NodeProtoSchema, {
        name: output,
        opType: op,
        input,
        output: [output],
        attribute: all,
      }),
    );
    return output;
  };
  const made: Writer = {
    opset,
    graph: view,
    nodes,
    weights,
    nameOf,
    fresh,
    node,
    floats(wanted, values, shape = [values.length]) {
      const name = fresh(wanted);
      const data = dtype === 'f64' ? Float64Array.from(values) : Float32Array.from(values);
      weights.push(floatTensor(name, new Tensor(shape, data)));
      return name;
    },
    ints(wanted, values) {
      const name = fresh(wanted);
      weights.push(intTensor(name, values));
      return name;
    },
  };
  return { made, aliases };
}

/** Weights that are read as they are. */
export function addConstants({ graph, weights, nameOf }: Writer, used: ReadonlySet<ValueId>): void {
  for (const [id, constant] of Object.entries((graph.graph satisfies Graph).consts)) {
    if (used.has(id)) weights.push(floatTensor(nameOf(id), constant));
  }
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
