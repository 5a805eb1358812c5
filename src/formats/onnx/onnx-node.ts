/** A node of an ONNX file, and its attributes with their defaults. */
import { unsupported } from '../../../ir/index.ts';
import type { AttributeProto, NodeProto, TensorProto } from './schema/onnx_pb.ts';
import { capturesOf } from './subgraphs.ts';

export interface OnnxNode {
  /** The operator; with its domain where that is not ONNX's own. */
  readonly op: string;
  readonly name: string;
  /** Names of values; an absent one is empty. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  /** Values that its subgraphs read. */
  readonly captures: readonly string[];
  /** As it stands in the file. */
  readonly proto: NodeProto;
  /** Where the node stands for several of the file, of which this is the last. */
  readonly isPattern?: boolean;
}

export function onnxNode(proto: NodeProto): OnnxNode {
  const own = proto.domain === '' || proto.domain === 'ai.onnx';
  return {
    op: own ? proto.opType : `${proto.domain}::${proto.opType}`,
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes: new Map(proto.attribute.map((attribute) => [attribute.name, attribute])),
    captures: capturesOf(proto),
    proto,
  };
}

/** `Conv "features.0"`, as errors name it. */
export const describeNode = ({ op, name, outputs }: OnnxNode): string =>
  `${op} "${name || (outputs[0] ?? '')}"`;

/** Integers beyond 2^53 stand for infinity, as in the ends of slices. */
export const int = (node: OnnxNode, name: string, standard: number): number => {
  const attribute = node.attributes.get(name);
  return attribute ? Number(attribute.i) : standard;
};

export const float = (node: OnnxNode, name: string, standard: number): number =>
  node.attributes.get(name)?.f ?? standard;

export const intList = (node: OnnxNode, name: string): number[] | undefined =>
  node.attributes.get(name)?.ints.map(Number);

export const text = (node: OnnxNode, name: string, standard: string): string => {
  const attribute = node.attributes.get(name);
  return attribute ? new TextDecoder().decode(attribute.s) : standard;
};

export const tensorProto = (node: OnnxNode, name: string): TensorProto | undefined =>
  node.attributes.get(name)?.t;

/** Throws `unsupported` unless the attribute is absent or has this value. */
export function expectInt(node: OnnxNode, name: string, wanted: number): void {
  const value = int(node, name, wanted);
  if (value !== wanted) throw unsupported(`${name}=${value} is not supported`);
}

/** Whether a BatchNormalization normalises by the statistics of the batch. */
export function isTraining(node: OnnxNode, opset: number): boolean {
  const given = node.outputs.filter((output) => output !== '').length;
  return opset < 14 ? given > 1 : int(node, 'training_mode', 0) !== 0;
}
