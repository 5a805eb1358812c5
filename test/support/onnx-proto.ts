/** ONNX files as messages, for what tests ask about a file. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import * as pb from '../../src/formats/onnx/schema/onnx_pb.ts';

export function decodeOnnx(bytes: Uint8Array): pb.ModelProto & { graph: pb.GraphProto } {
  const model = fromBinary(pb.ModelProtoSchema, bytes);
  if (!model.graph) throw new Error('the file has no graph');
  return model as pb.ModelProto & { graph: pb.GraphProto };
}

/** The operator of a node, with its domain where that is not ONNX's own. */
export const operatorOf = ({ domain, opType }: pb.NodeProto): string =>
  domain === '' || domain === 'ai.onnx' ? opType : `${domain}::${opType}`;

const subgraphs = ({ attribute }: pb.NodeProto): pb.GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

/** How many nodes of the operator run, those in subgraphs and in functions, once for each call, included. */
export function countOperator(model: pb.ModelProto, operator: string): number {
  const functions = new Map(model.functions.map((f) => [`${f.domain}::${f.name}`, f.node]));
  const count = (nodes: readonly pb.NodeProto[]): number =>
    nodes.reduce((sum, node) => {
      const own = operatorOf(node) === operator ? 1 : 0;
      const called = count(functions.get(`${node.domain}::${node.opType}`) ?? []);
      const inside = subgraphs(node).reduce((total, graph) => total + count(graph.node), 0);
      return sum + own + called + inside;
    }, 0);
  return count(model.graph?.node ?? []);
}

export const opsetsOf = ({ opsetImport }: pb.ModelProto): Record<string, bigint> =>
  Object.fromEntries(opsetImport.map(({ domain, version }) => [domain, version]));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The bytes of the nodes for which it holds, in no order. */
export const nodesWhere = (
  { graph }: { graph: pb.GraphProto },
  holds: (node: pb.NodeProto) => boolean,
): string[] =>
  graph.node
    .filter(holds)
    .map((node) => `${node.name} ${hex(toBinary(pb.NodeProtoSchema, node))}`)
    .toSorted();

/** Names, types, shapes and documentation of the inputs, without weights that stand among them, and outputs. */
export function interfaceOf({ graph }: { graph: pb.GraphProto }) {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const bytes = (values: readonly pb.ValueInfoProto[]) =>
    values.map((value) => `${value.name} ${hex(toBinary(pb.ValueInfoProtoSchema, value))}`);
  return {
    inputs: bytes(graph.input.filter(({ name }) => !weights.has(name))),
    outputs: bytes(graph.output),
  };
}

/** What a file says of itself. */
export const documentationOf = (model: pb.ModelProto & { graph: pb.GraphProto }) => ({
  domain: model.domain,
  version: model.modelVersion,
  model: model.docString,
  metadata: model.metadataProps,
  graph: [model.graph.name, model.graph.docString],
  // Fields that are newer than the schema, such as the metadata of graphs.
  unknown: [model.$unknown, model.graph.$unknown],
});
