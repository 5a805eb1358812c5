/** Graphs as ONNX files. */
import { create, toBinary } from '@bufbuild/protobuf';
import { ReparamError, verify, view, type Graph } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { NEWEST_OPSET } from './model-file.ts';
import { GraphProtoSchema, ModelProtoSchema } from './schema/onnx_pb.ts';
import { OperatorSetIdProtoSchema } from './schema/onnx_pb.ts';
import { valueInfo } from './write-tensor.ts';
import { writeNode } from './write-node.ts';
import { addConstants, writer } from './writer.ts';

export interface WriteOnnxOptions {
  /** ONNX's operator set, 17 or newer; by default 17, or 20 where only that has an operator. */
  readonly opset?: number;
  /** Names the file in errors. */
  readonly what?: string;
}

const DEFAULT_OPSET = 17;

/** The tanh approximation of GELU has an operator since opset 20. */
const needsGelu = ({ nodes }: Graph): boolean =>
  nodes.some(({ op, attrs }) => {
    if (op === 'gelu') return 'tanh' in attrs && attrs.tanh === 1;
    return 'act' in attrs && attrs.act === 'gelu' && attrs.actParams[0] === 1;
  });

/**
 * The graph as an ONNX file. Inputs and outputs keep their names, and so do other values unless theirs is
 * taken. A fused activation becomes a node of its own, and so does a padding value (a Pad).
 *
 * Throws what `verify` throws for a malformed graph, and a `file` error that names a node or output that
 * ONNX cannot express: an output with the name of another value's input, a reshape to several open sizes.
 */
export function writeOnnx(graph: Graph, options: WriteOnnxOptions = {}): Uint8Array {
  verify(graph);
  const { what = 'the ONNX file', opset = needsGelu(graph) ? 20 : DEFAULT_OPSET } = options;
  if (!Number.isInteger(opset) || opset < DEFAULT_OPSET || opset > NEWEST_OPSET) {
    throw fileError(what, `opset ${opset} is not one of ${DEFAULT_OPSET} to ${NEWEST_OPSET}`);
  }
  const g = view(graph);
  const { made: w, aliases } = writer(g, opset, what);
  for (const node of graph.nodes) {
    try {
      writeNode(w, node);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      throw fileError(what, `${node.op} "${node.id}" ${error.message}`, error);
    }
  }
  for (const { name, value } of aliases) w.node('Identity', [w.nameOf(value)], name);
  const read = new Set(w.nodes.flatMap(({ input }) => input));
  for (const { name } of graph.outputs) read.add(name);
  addConstants(w, new Set(Object.keys(graph.consts).filter((id) => read.has(w.nameOf(id)))));
  const model = create(ModelProtoSchema, {
    // The oldest version of the file format that allows the opset.
    irVersion: opset < 19 ? 8n : opset < 21 ? 9n : 10n,
    producerName: 'reparam',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
    graph: create(GraphProtoSchema, {
      name: graph.name.replaceAll(/\p{Surrogate}/gu, '_') || 'graph',
      node: w.nodes,
      initializer: w.weights,
      input: graph.inputs.map((input) => valueInfo(input.id, input)),
      output: graph.outputs.map(({ name, value }) => valueInfo(name, g.value(value))),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}
