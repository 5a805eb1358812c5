/** An ONNX file taken apart: which names are inputs, which are weights, and which node gives each other. */
import { fromBinary } from '@bufbuild/protobuf';
import type { DType, Shape } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { embedExternalData, type ReadExternal } from './external-data.ts';
import { inlineFunctions } from './functions.ts';
import { describeNode, onnxNode, tensorProto, type OnnxNode } from './onnx-node.ts';
import { recognise, type Lookup } from './patterns.ts';
import { ModelProtoSchema, TensorProto_DataType as Type } from './schema/onnx_pb.ts';
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from './schema/onnx_pb.ts';
import { dense } from './sparse.ts';
import { isFloatType, readTensor } from './tensor-proto.ts';
import { declaredType, symbolNames, type Declared, type SymbolOf } from './value-types.ts';

export const OLDEST_OPSET = 9;
export const NEWEST_OPSET = 26;

export interface ModelFile {
  readonly name: string;
  readonly opset: number;
  /** f64 where all inputs and weights are (or some, if types are mixed); otherwise f32. */
  readonly dtype: DType;
  /** Those that no initializer gives. */
  readonly inputs: readonly ({ readonly name: string } & Declared)[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly weights: ReadonlyMap<string, TensorProto>;
  readonly producer: (name: string) => OnnxNode | undefined;
  /** What the file says about any of its values. */
  readonly declared: (name: string) => Declared | undefined;
  readonly symbol: SymbolOf;
  readonly proto: OpenedModel;
  /** The size of the file, with the data that lies beside it. */
  readonly bytes: number;
}

export interface OpenOptions {
  readonly what: string;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly external: ReadExternal | undefined;
  /** Whether float64 beside other types is to keep its precision. */
  readonly isMixed: boolean;
}

export type OpenedModel = ModelProto & { readonly graph: GraphProto };

function decode(bytes: Uint8Array, what: string): OpenedModel {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fileError(what, `is not an ONNX file, or is truncated: ${reason}`, error);
  }
  if (model.graph) return model as OpenedModel;
  throw fileError(what, 'holds no ONNX graph');
}

function opsetOf({ opsetImport }: ModelProto, what: string): number {
  const own = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const opset = Number(own?.version ?? 0);
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return opset;
  const range = `${OLDEST_OPSET} to ${NEWEST_OPSET}`;
  if (!own) throw fileError(what, 'names no opset');
  const remedy = 'export it anew, or convert it with onnx.version_converter';
  throw fileError(what, `is of opset ${opset}; read are ${range}: ${remedy}`);
}

/** The input's type, in the shape that the user gave where there is one. */
function inputType(
  info: ValueInfoProto,
  given: Shape | undefined,
  symbol: SymbolOf,
  what: string,
): Declared {
  const declared = declaredType(info, symbol);
  const quoted = `the input ${JSON.stringify(info.name)}`;
  if (declared.impossible !== undefined && !given) {
    throw fileError(what, `${quoted} has the impossible size ${declared.impossible}`);
  }
  if (!given) return declared;
  if (declared.shape && declared.shape.length !== given.length) {
    const shapes = `[${declared.shape.join(',')}] in the file, which [${given.join(',')}] does not fit`;
    throw fileError(what, `${quoted} is ${shapes}`);
  }
  return { ...declared, shape: given };
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
    // More dimensions would give the result more than x has.
    if (!proto || proto.dims.length > 1 || !proto.dims.every((d) => d === 1n)) return undefined;
    try {
      const value = readTensor(proto, 'f32').data[0];
      return typeof value === 'number' ? value : undefined;
    } catch {
      return undefined;
    }
  };
}

/** Throws a `file` error that names the input, tensor or node at fault. */
export function openModel(bytes: Uint8Array, options: OpenOptions): ModelFile {
  const { what, shapes, external, isMixed } = options;
  const model = decode(bytes, what);
  const { graph } = model;
  const opset = opsetOf(model, what);
  if (graph.output.length === 0) throw fileError(what, 'has no output');
  const outside = embedExternalData(model, external, what);
  graph.node = inlineFunctions(model, graph, bytes.length, what);
  const weights = new Map<string, TensorProto>();
  for (const proto of graph.initializer) {
    if (weights.has(proto.name))
      throw fileError(what, `two initializers are called "${proto.name}"`);
    weights.set(proto.name, proto);
  }
  for (const sparse of graph.sparseInitializer) {
    const proto = dense(sparse, what);
    weights.set(proto.name, proto);
  }
  // Weights may also stand among the inputs: their defaults, for a runtime that can replace them.
  const real = graph.input.filter(({ name }) => !weights.has(name));
  const unknown = Object.keys(shapes).find((name) => !real.some((input) => input.name === name));
  if (unknown !== undefined) {
    const known = real.map(({ name }) => `"${name}"`).join(', ') || 'none';
    throw fileError(what, `there is no input "${unknown}" to give a shape; it has ${known}`);
  }
  const symbol = symbolNames();
  const inputs = real.map((input) => {
    const given = Object.hasOwn(shapes, input.name) ? shapes[input.name] : undefined;
    return { name: input.name, ...inputType(input, given, symbol, what) };
  });
  const types = [
    ...inputs.map(({ element }) => element),
    ...graph.initializer.map(({ dataType }) => dataType),
  ].filter(isFloatType);
  const isDouble = (type: number) => type === Type.DOUBLE;
  const wide = isMixed ? types.some(isDouble) : types.length > 0 && types.every(isDouble);
  const nodes = graph.node.map(onnxNode);
  const names = new Set([...weights.keys(), ...inputs.map(({ name }) => name)]);
  const producers = producersOf(nodes, names, what);
  const find = {
    producer: (name: string) => producers.get(name),
    number: numberLookup(weights, producers),
  };
  const recognised = nodes.map((node) => {
    const whole = recognise(node, find);
    // Runtimes have those for float64 in parts only.
    const found = wide && whole.op.startsWith('Hard') ? node : whole;
    if (found !== node) for (const output of node.outputs) producers.set(output, found);
    return found;
  });
  const infos = new Map([...graph.valueInfo, ...graph.output].map((info) => [info.name, info]));
  return {
    name: graph.name || 'graph',
    opset,
    dtype: wide ? 'f64' : 'f32',
    inputs,
    outputs: graph.output.map(({ name }) => name),
    nodes: recognised,
    weights,
    producer: find.producer,
    declared(name) {
      const info = infos.get(name);
      return info && declaredType(info, symbol);
    },
    symbol,
    proto: model,
    bytes: bytes.length + outside,
  };
}
