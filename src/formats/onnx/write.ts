/** Graphs as ONNX files. */
import { create } from '@bufbuild/protobuf';
import { ReparamError, verify, view, type Graph } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { withExternalData, type ExternalOptions, type OnnxFile } from './external-data.ts';
import { NEWEST_OPSET, OLDEST_OPSET } from './model-file.ts';
import { GraphProtoSchema, ModelProtoSchema } from './schema/onnx_pb.ts';
import { OperatorSetIdProtoSchema } from './schema/onnx_pb.ts';
import { valueInfo } from './write-tensor.ts';
import { writeNode } from './write-node.ts';
import { writer, type Written } from './writer.ts';

export interface WriteOnnxOptions {
  /** ONNX's operator set, 9 or newer; 17 by default. */
  readonly opset?: number;
  /** Names the file in errors. */
  readonly what?: string;
}

const DEFAULT_OPSET = 17;

/** The oldest version of the file format that allows the opset. */
function formatVersion(opset: number): bigint {
  const versions = [
    [21, 10n],
    [19, 9n],
    [15, 8n],
    [12, 7n],
    [11, 6n],
    [10, 5n],
  ] as const;
  return versions.find(([from]) => opset >= from)?.[1] ?? 4n;
}

/** Writes each node, by `write` where it does (returns true), with errors that name the node. */
export function writeNodes(
  { writer: w, at }: Written,
  { nodes }: Graph,
  what: string,
  write: (node: Graph['nodes'][number]) => boolean = () => false,
): void {
  for (const node of nodes) {
    try {
      at(node, () => {
        if (!write(node)) writeNode(w, node);
      });
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      throw fileError(what, `${node.op} "${node.id}" ${error.message}`, error);
    }
  }
}

/**
 * The graph as an ONNX file. Inputs and outputs keep their names, and so do other values unless theirs is
 * taken. A fused activation becomes a node of its own, and so does a padding value (a Pad).
 *
 * Throws what `verify` throws for a malformed graph, and a `file` error that names a node or output that
 * ONNX cannot express: an output with the name of another value's input, a reshape to several open sizes;
 * and one where the weights do not fit into one file, which `exportOnnx` writes.
 */
export function writeOnnx(graph: Graph, options: WriteOnnxOptions = {}): Uint8Array {
  const { model, external } = exportOnnx(graph, options);
  if (!external) return model;
  const { what = 'the ONNX file' } = options;
  throw fileError(what, 'the weights are more than an ONNX file can hold; exportOnnx writes two');
}

/** The same for weights of any size: above 2 GiB they go into a second file. Throws what `writeOnnx` does. */
export function exportOnnx(
  graph: Graph,
  options: WriteOnnxOptions & ExternalOptions = {},
): OnnxFile {
  verify(graph);
  const { what = 'the ONNX file', opset = DEFAULT_OPSET } = options;
  if (!Number.isInteger(opset) || opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    throw fileError(what, `opset ${opset} is not one of ${OLDEST_OPSET} to ${NEWEST_OPSET}`);
  }
  const g = view(graph);
  const written = writer(g, { opset, what });
  writeNodes(written, graph, what);
  written.finish();
  const model = create(ModelProtoSchema, {
    irVersion: formatVersion(opset),
    producerName: 'reparam',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
    graph: create(GraphProtoSchema, {
      name: graph.name.replaceAll(/\p{Surrogate}/gu, '_') || 'graph',
      node: [...written.nodes],
      initializer: [...written.weights],
      input: graph.inputs.map((input) => valueInfo(input.id, input)),
      output: graph.outputs.map(({ name, value }) => valueInfo(name, g.value(value))),
    }),
  });
  return withExternalData(model, options);
}
