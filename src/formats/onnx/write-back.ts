/** A file with another graph in place of its own, and the rest as it was. */
import { clone } from '@bufbuild/protobuf';
import { ReparamError, view } from '../../../ir/index.ts';
import type { Graph, Node, Shape } from '../../../ir/index.ts';
import { fileError } from '../safetensors-header.ts';
import { copyMessage } from './copy-message.ts';
import { withExternalData, type ExternalOptions, type OnnxFile } from './external-data.ts';
import { functionsOf } from './functions.ts';
import type { Import } from './import.ts';
import type { ModelFile } from './model-file.ts';
import { onnxNode } from './onnx-node.ts';
import { inOrder } from './order.ts';
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema } from './schema/onnx_pb.ts';
import { ValueInfoProtoSchema } from './schema/onnx_pb.ts';
import type { NodeProto, ValueInfoProto } from './schema/onnx_pb.ts';
import { namesIn } from './subgraphs.ts';
import type { Origin } from './target.ts';
import { tensorType } from './value-types.ts';
import { shapeProto } from './write-tensor.ts';
import { writeNodes } from './write.ts';
import { writer, type Writer, type Written } from './writer.ts';

export interface WriteBackOptions extends ExternalOptions {
  /** Names the file in errors. */
  readonly what?: string;
}

export function writeBack(
  file: ModelFile,
  imported: Import,
  graph: Graph,
  options: WriteBackOptions & { readonly shapes: Readonly<Record<string, Shape>> },
): OnnxFile {
  const { what = 'the ONNX file', shapes } = options;
  expectInterface(imported.graph, graph, what);
  const kept = [...imported.kept.keys()].map(({ proto }) => proto);
  const written = writeGraph(file, imported, graph, kept, what);
  const old = file.proto.graph;
  const outputs = new Set(file.outputs);
  const nodes = sorted([...written.nodes, ...kept], file.outputs, what);
  nameApart(nodes, new Set(kept), written.copies);
  const read = new Set([...nodes.flatMap(readBy), ...outputs]);
  const weights = new Map(written.weights.map((tensor) => [tensor.name, tensor]));
  for (const name of imported.keptWeights) weights.set(name, file.weights.get(name)!);
  const initializer = [...weights.values()].filter(({ name }) => read.has(name));
  const isReshaped = Object.keys(shapes).length > 0;
  const made = new Set(nodes.flatMap(({ output }) => output));
  const model = copyMessage(ModelProtoSchema, file.proto, {
    // Before version 4 every weight had to be an input as well.
    irVersion: file.proto.irVersion < 4n ? 4n : file.proto.irVersion,
    functions: functionsOf(file.proto, nodes),
    trainingInfo: [],
    graph: copyMessage(GraphProtoSchema, old, {
      node: nodes,
      initializer,
      sparseInitializer: [],
      input: old.input
        .filter(({ name }) => !file.weights.has(name))
        .map((info) => withShape(info, shapes[info.name])),
      output: isReshaped ? old.output.map((info) => reshaped(info, graph)) : old.output,
      // What was declared of sizes that are now fixed is no longer right.
      valueInfo: isReshaped ? [] : old.valueInfo.filter(({ name }) => made.has(name)),
      quantizationAnnotation: old.quantizationAnnotation.filter(({ tensorName }) =>
        made.has(tensorName),
      ),
    }),
  });
  return withExternalData(model, options);
}

/** Two nodes must not have one name. Those that stay keep theirs, and then copies of the file's. */
function nameApart(
  nodes: readonly NodeProto[],
  kept: ReadonlySet<NodeProto>,
  copies: Written['copies'],
): void {
  const taken = new Set([...kept].map(({ name }) => name));
  const others = nodes.filter((node) => !kept.has(node) && node.name !== '');
  const byRank = [
    ...others.filter((one) => copies.has(one)),
    ...others.filter((one) => !copies.has(one)),
  ];
  for (const node of byRank) {
    const { name } = node;
    for (let n = 2; taken.has(node.name); n++) node.name = `${name}.${n}`;
    taken.add(node.name);
  }
}

function expectInterface(before: Graph, after: Graph, what: string): void {
  const face = ({ inputs, outputs }: Graph) =>
    JSON.stringify([inputs.map(({ id, shape }) => [id, shape]), outputs.map(({ name }) => name)]);
  if (face(before) === face(after)) return;
  throw fileError(what, 'the graph does not have the inputs and outputs of the file');
}

const readBy = (node: NodeProto): string[] => {
  const { inputs, captures } = onnxNode(node);
  return [...inputs, ...captures];
};

/** Those that the outputs need, each after those it reads. */
function sorted(nodes: readonly NodeProto[], outputs: readonly string[], what: string) {
  const wrapped = nodes.map(onnxNode);
  const producers = new Map(wrapped.flatMap((node) => node.outputs.map((name) => [name, node])));
  producers.delete('');
  const order = inOrder(
    outputs,
    (name) => producers.get(name),
    ({ name }) => {
      throw new ReparamError('pass', `${what}: a rewrite made "${name}" need its own output`, name);
    },
  );
  return order.map(({ proto }) => proto);
}

function writeGraph(
  file: ModelFile,
  imported: Import,
  graph: Graph,
  kept: readonly NodeProto[],
  what: string,
): Written {
  const { consts: old, outputs } = imported.graph;
  const had = new Set(outputs.map(({ name, value }) => JSON.stringify([name, value])));
  const reserved = new Set([
    ...kept.flatMap((node) => [...namesIn(node)]),
    ...imported.keptWeights,
  ]);
  for (const { name } of file.proto.graph.input) reserved.add(name);
  const written = writer(view(graph), {
    opset: file.opset,
    what,
    reserved,
    element: imported.element,
    keepsAlias: (output) => had.has(JSON.stringify([output.name, output.value])),
    original: (id, constant) =>
      Object.hasOwn(old, id) && old[id] === constant ? file.weights.get(id) : undefined,
  });
  writeNodes(written, graph, what, (node) => {
    const origin = imported.origins.get(node.id);
    if (!origin || !isUntouched(node, origin, imported.graph, graph)) return false;
    const proto = asBefore(written.writer, node, origin, file);
    if (proto) written.push(proto);
    return proto !== undefined;
  });
  written.finish();
  return written;
}

/** Whether the node reads the same values, and the same weights, in the same way as in the file. */
function isUntouched(node: Node, { node: was }: Origin, before: Graph, after: Graph): boolean {
  const facts = ({ op, inputs, attrs, outputs: [{ id }] }: Node) =>
    JSON.stringify([op, inputs, attrs, id]);
  if (facts(node) !== facts(was)) return false;
  return node.inputs.every((id) => id === null || before.consts[id] === after.consts[id]);
}

/** The node of the file with its operands' names of now; undefined if one of them cannot be written. */
function asBefore(
  w: Writer,
  node: Node,
  { source, operands }: Origin,
  file: ModelFile,
): NodeProto | undefined {
  const isOpen = (one: Origin['operands'][number]) =>
    one !== null && typeof one === 'object' && one.data.some((d) => typeof d === 'string');
  if (operands.some(isOpen)) return undefined;
  const proto = clone(NodeProtoSchema, source.proto);
  proto.input = operands.map((operand, i) => {
    if (operand === null || typeof operand === 'string') return w.nameOf(operand);
    return w.known(proto.input[i]!, operand, file.weights.get(proto.input[i]!));
  });
  proto.output = [w.nameOf(node.outputs[0].id), ...proto.output.slice(1).map(() => '')];
  while (proto.output.at(-1) === '') proto.output.pop();
  return proto;
}

const withShape = (info: ValueInfoProto, shape: Shape | undefined): ValueInfoProto => {
  const copy = clone(ValueInfoProtoSchema, info);
  const tensor = tensorType(copy.type);
  if (shape && tensor) tensor.shape = shapeProto(shape);
  return copy;
};

function reshaped(info: ValueInfoProto, graph: Graph): ValueInfoProto {
  const output = graph.outputs.find(({ name }) => name === info.name);
  return withShape(info, output && view(graph).shape(output.value));
}
