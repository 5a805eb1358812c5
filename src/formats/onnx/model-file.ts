/** An ONNX file taken apart: which names are inputs, which are weights, and which node gives each other. */
import { fromBinary } from '@bufbuild/protobuf';
import { isSymbol, type Dim, type DType, type Shape } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { describeNode, onnxNode, tensorProto, type OnnxNode } from './onnx-node.ts';
import { recognise, type Lookup } from './patterns.ts';
import { ModelProtoSchema, TensorProto_DataType as Type } from './schema/onnx_pb.ts';
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from './schema/onnx_pb.ts';
import { isFloatType, readTensor, typeName } from './tensor-proto.ts';

export const OLDEST_OPSET = 9;
export const NEWEST_OPSET = 26;

export interface ModelFile {
  readonly name: string;
  readonly opset: number;
  /** f64 where all inputs and weights are; otherwise f32. */
  readonly dtype: DType;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly weights: ReadonlyMap<string, TensorProto>;
  readonly producer: (name: string) => OnnxNode | undefined;
}

function decode(bytes: Uint8Array, what: string): ModelProto & { graph: GraphProto } {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fileError(what, `is not an ONNX file, or is truncated: ${reason}`, error);
  }
  if (model.graph) return model as ModelProto & { graph: GraphProto };
  throw fileError(what, 'holds no ONNX graph');
}

function opsetOf({ opsetImport }: ModelProto, what: string): number {
  const own = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const opset = Number(own?.version ?? 0);
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return opset;
  const range = `${OLDEST_OPSET} to ${NEWEST_OPSET}`;
  throw fileError(what, own ? `is of opset ${opset}; read are ${range}` : 'names no opset');
}

/** Turns names of sizes into symbols, different keys into different ones. */
function symbolNames() {
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (name: string, key = name): string => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
    const base = isSymbol(plain) ? plain : `d_${plain}`;
    let symbol = base;
    for (let n = 2; taken.has(symbol); n++) symbol = `${base}_${n}`;
    taken.add(symbol);
    known.set(key, symbol);
    return symbol;
  };
}

function shapeOf(
  input: ValueInfoProto,
  given: Shape | undefined,
  symbol: (name: string, key?: string) => string,
  what: string,
): Shape {
  const { name, type } = input;
  const quoted = `the input ${JSON.stringify(name)}`;
  if (type?.value.case !== 'tensorType') throw fileError(what, `${quoted} is not a tensor`);
  const { elemType, shape } = type.value.value;
  if (!isFloatType(elemType)) {
    throw fileError(
      what,
      `${quoted} is ${typeName(elemType)}; only floating-point ones are supported`,
    );
  }
  if (given) return given;
  if (!shape) throw fileError(what, `${quoted} has no shape; pass { shapes: { … } }`);
  return shape.dim.map(({ value }, i): Dim => {
    if (value.case === 'dimParam' && value.value !== '') return symbol(value.value);
    if (value.case !== 'dimValue' || value.value === -1n)
      return symbol(`${name}_${i}`, `${i} of ${name}`);
    const size = Number(value.value);
    if (Number.isSafeInteger(size) && size > 0) return size;
    throw fileError(what, `${quoted} has the impossible size ${size}`);
  });
}

function producersOf(nodes: readonly OnnxNode[], others: ReadonlySet<string>, what: string) {
  const producers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producers.has(output) || others.has(output)) {
        throw fileError(what, `${describeNode(node)}: "${output}" is defined twice`);
      }
      producers.set(output, node);
    }
  }
  return producers;
}

/** Finds small constants, for patterns. Broken ones are reported when they are read. */
function numberLookup(
  weights: ReadonlyMap<string, TensorProto>,
  producers: ReadonlyMap<string, OnnxNode>,
): Lookup['number'] {
  return (name) => {
    const node = producers.get(name);
    const proto =
      weights.get(name) ?? (node?.op === 'Constant' ? tensorProto(node, 'value') : undefined);
    if (node?.op === 'Constant' && !proto) return node.attributes.get('value_float')?.f;
    if (!proto || proto.dims.length > 4 || !proto.dims.every((d) => d === 1n)) return undefined;
    try {
      const value = readTensor(proto, 'f32').data[0];
      return typeof value === 'number' ? value : undefined;
    } catch {
      return undefined;
    }
  };
}

/** Throws a `file` error that names the input or node at fault. */
export function openModel(
  bytes: Uint8Array,
  what: string,
  shapes: Readonly<Record<string, Shape>>,
): ModelFile {
  const model = decode(bytes, what);
  const { graph } = model;
  const opset = opsetOf(model, what);
  const weights = new Map<string, TensorProto>();
  for (const proto of graph.initializer) {
    if (weights.has(proto.name))
      throw fileError(what, `two initializers are called "${proto.name}"`);
    weights.set(proto.name, proto);
  }
  // Weights may also stand among the inputs: their defaults, for a runtime that can replace them.
  const real = graph.input.filter(({ name }) => !weights.has(name));
  const unknown = Object.keys(shapes).find((name) => !real.some((input) => input.name === name));
  if (unknown !== undefined)
    throw fileError(what, `there is no input "${unknown}" to give a shape`);
  const symbol = symbolNames();
  const inputs = real.map((input) => {
    const given = Object.hasOwn(shapes, input.name) ? shapes[input.name] : undefined;
    return { name: input.name, shape: shapeOf(input, given, symbol, what) };
  });
  const types = real.map(({ type }) =>
    type?.value.case === 'tensorType' ? type.value.value.elemType : 0,
  );
  for (const { dataType } of graph.initializer) if (isFloatType(dataType)) types.push(dataType);
  const nodes = graph.node.map(onnxNode);
  const names = new Set([...weights.keys(), ...inputs.map(({ name }) => name)]);
  const producers = producersOf(nodes, names, what);
  const find = {
    producer: (name: string) => producers.get(name),
    number: numberLookup(weights, producers),
  };
  const recognised = nodes.map((node) => {
    const found = recognise(node, find);
    if (found !== node) for (const output of node.outputs) producers.set(output, found);
    return found;
  });
  return {
    name: graph.name || 'graph',
    opset,
    dtype: types.length > 0 && types.every((type) => type === Type.DOUBLE) ? 'f64' : 'f32',
    inputs,
    outputs: graph.output.map(({ name }) => name),
    nodes: recognised,
    weights,
    producer: find.producer,
  };
}
