/** Tensors whose data lies in other files: read into the model when it is opened. */
import { create, toBinary } from '@bufbuild/protobuf';
import { elementCount, ReparamError, Tensor } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { copyMessage } from './copy-message.ts';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
} from './schema/onnx_pb.ts';
import { TensorProto_DataLocation as Location } from './schema/onnx_pb.ts';
import type { GraphProto, ModelProto, TensorProto } from './schema/onnx_pb.ts';
import type { Floats } from './static.ts';
import { withSubgraphs } from './subgraphs.ts';
import { bytesPerElement, isFloatType, readTensor } from './tensor-proto.ts';
import { floatTensor } from './write-tensor.ts';

/** Reads a part of a file beside the model. Throws if there is no such file or part. */
export type ReadExternal = (name: string, offset: number, length: number | undefined) => Uint8Array;

export const isExternal = ({ dataLocation, externalData }: TensorProto): boolean =>
  dataLocation === Location.EXTERNAL || externalData.length > 0;

function* tensorsIn(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const { attribute } of withSubgraphs(graph.node)) {
    for (const { t, tensors, g, graphs } of attribute) {
      if (t) yield t;
      yield* tensors;
      for (const inner of g ? [g, ...graphs] : graphs) yield* inner.initializer;
    }
  }
}

function count(entry: string | undefined, key: string): number | undefined {
  if (entry === undefined) return undefined;
  const value = Number(entry);
  if (/^\d+$/.test(entry) && Number.isSafeInteger(value)) return value;
  throw new ReparamError('file', `has the ${key} ${JSON.stringify(entry)}`);
}

function embed(tensor: TensorProto, read: ReadExternal | undefined): number {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location');
  if (!location) throw new ReparamError('file', 'has its data in a file that it does not name');
  if (!read) {
    const remedy = 'pass { external } to read it, or export the model as a single file';
    throw new ReparamError('file', `has its data in ${JSON.stringify(location)}; ${remedy}`);
  }
  const size = bytesPerElement(tensor.dataType);
  const wanted = size === undefined ? undefined : size * elementCount(tensor.dims.map(Number));
  const length = count(entries.get('length'), 'length') ?? wanted;
  if (wanted !== undefined && length !== wanted) {
    throw new ReparamError('file', `has ${length} bytes in ${location}; its shape takes ${wanted}`);
  }
  tensor.rawData = read(location, count(entries.get('offset'), 'offset') ?? 0, length);
  if (length !== undefined && tensor.rawData.length !== length) {
    const missing = `${location} gave ${tensor.rawData.length} bytes instead of ${length}`;
    throw new ReparamError('file', `lacks data: ${missing}`);
  }
  tensor.externalData = [];
  tensor.dataLocation = Location.DEFAULT;
  return tensor.rawData.length;
}

/** Puts the data into the tensors; returns how many bytes. Throws a `file` error that names the tensor. */
export function embedExternalData(
  { graph, functions }: ModelProto,
  read: ReadExternal | undefined,
  what: string,
): number {
  let bytes = 0;
  const all = [...(graph ? tensorsIn(graph) : [])];
  for (const { node } of functions) {
    for (const { attribute } of withSubgraphs(node)) {
      for (const { t } of attribute) if (t) all.push(t);
    }
  }
  for (const tensor of all) {
    if (!isExternal(tensor)) continue;
    try {
      bytes += embed(tensor, read);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw fileError(what, `the tensor "${tensor.name}" ${reason}`, error);
    }
  }
  return bytes;
}

/** The content of a file beside the model, in parts. */
export interface ExternalData {
  readonly name: string;
  readonly chunks: readonly Uint8Array[];
}

export interface OnnxFile {
  readonly model: Uint8Array;
  /** Weights that did not fit, to be written next to the file under this name. */
  readonly external?: ExternalData;
}

export interface ExternalOptions {
  /** The name of the file that takes weights which do not fit into the model's. */
  readonly externalName?: string;
  /** How many bytes of weights fit; by default what protobuf allows, a little less than 2 GiB. */
  readonly limit?: number;
}

/** Protobuf's limit is 2^31 bytes; the rest is for what is no weight. */
const LIMIT = 2 ** 31 - 2 ** 26;

/** The model as bytes, and apart from it the weights that do not fit. */
export function withExternalData(
  model: ModelProto,
  { externalName = 'weights.data', limit = LIMIT }: ExternalOptions,
): OnnxFile {
  const external = externalise(model.graph!, externalName, limit);
  return { model: toBinary(ModelProtoSchema, model), ...(external && { external }) };
}

/** Where memory pages begin, so that tensors can be mapped. */
const ALIGNMENT = 4096;
/** Smaller tensors stay in the model, where shape arithmetic wants them. */
const SMALL = 1024;

const sizeOf = ({ dims, dataType }: TensorProto): number =>
  elementCount(dims.map(Number)) * (bytesPerElement(dataType) ?? 0);

/** Its data, also where the tensor lists its elements. */
function rawBytes(tensor: TensorProto): Uint8Array {
  if (tensor.rawData.length > 0) return tensor.rawData;
  const { shape, data } = readTensor(tensor, 'f64') as Floats;
  return floatTensor(tensor.name, new Tensor(shape, data), tensor.dataType).rawData;
}

/** Moves the weights out of the graph if they are more than `limit` bytes. */
function externalise(graph: GraphProto, name: string, limit: number): ExternalData | undefined {
  const total = graph.initializer.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  if (total <= limit) return undefined;
  const chunks: Uint8Array[] = [];
  let offset = 0;
  graph.initializer = graph.initializer.map((tensor) => {
    if (sizeOf(tensor) < SMALL || !isFloatType(tensor.dataType)) return tensor;
    const rawData = rawBytes(tensor);
    const padding = (ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT;
    if (padding > 0) chunks.push(new Uint8Array(padding));
    chunks.push(rawData);
    const entries = { location: name, offset: offset + padding, length: rawData.length };
    offset += padding + rawData.length;
    return copyMessage(TensorProtoSchema, tensor, {
      rawData: new Uint8Array(),
      floatData: [],
      doubleData: [],
      int32Data: [],
      dataLocation: Location.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value: String(value) }),
      ),
    });
  });
  return { name, chunks };
}
