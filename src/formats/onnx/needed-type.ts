/**
 * What a value must be for those that read it: where nothing declares the output of an operator that
 * reparam does not know, the weights of the convolution that reads it still tell its channels.
 */
import { int, intList, tensorProto, type OnnxNode } from './onnx-node.ts';
import type { ModelFile } from './model-file.ts';
import type { TensorProto } from './schema/onnx_pb.ts';

export interface Needed {
  readonly rank?: number;
  /** The size of the second axis. */
  readonly channels?: number;
  /** A `TensorProto.DataType`. */
  readonly element?: number;
}

/** Whose output has the rank and the channels of what it reads. */
const keepsChannels = new Set(
  'Relu Clip Sigmoid LeakyRelu HardSigmoid HardSwish Swish Gelu Tanh Identity Dropout'.split(' '),
);
const pools = new Set(['MaxPool', 'AveragePool']);

/** Chains of readers are followed no further. */
const MAX_STEPS = 100;

/** Looks among the nodes that read a value. */
export function neededTypes(file: ModelFile): (name: string) => Needed {
  const readers = new Map<string, OnnxNode[]>();
  for (const node of file.nodes) {
    const [first] = node.inputs;
    if (first === undefined || first === '') continue;
    const list = readers.get(first);
    if (list) list.push(node);
    else readers.set(first, [node]);
  }

  const weight = (name: string | undefined): TensorProto | undefined => {
    let current = name ?? '';
    for (let step = 0; step < MAX_STEPS; step++) {
      const own = file.weights.get(current);
      if (own) return own;
      const node = file.producer(current);
      if (node?.op === 'Constant') return tensorProto(node, 'value');
      if (node?.op !== 'Identity') return undefined;
      current = node.inputs[0] ?? '';
    }
    return undefined;
  };

  const ofReader = (node: OnnxNode, steps: number): Needed => {
    const w = weight(node.inputs[1]);
    const dims = w?.dims.map(Number) ?? [];
    if (node.op === 'Conv' && w && dims.length === 4) {
      return { rank: 4, channels: dims[1]! * int(node, 'group', 1), element: w.dataType };
    }
    if (node.op === 'ConvTranspose' && w && dims.length === 4) {
      return { rank: 4, channels: dims[0]!, element: w.dataType };
    }
    if (node.op === 'Gemm' && w && dims.length === 2 && int(node, 'transA', 0) === 0) {
      const inputs = dims[int(node, 'transB', 0) === 0 ? 0 : 1]!;
      return { rank: 2, channels: inputs, element: w.dataType };
    }
    if (node.op === 'BatchNormalization' && w && dims.length === 1) {
      return { ...ofValue(node.outputs[0], steps + 1), channels: dims[0]!, element: w.dataType };
    }
    if (pools.has(node.op)) {
      const rank = (intList(node, 'kernel_shape')?.length ?? 0) + 2;
      return { ...ofValue(node.outputs[0], steps + 1), rank };
    }
    return keepsChannels.has(node.op) ? ofValue(node.outputs[0], steps + 1) : {};
  };

  const ofValue = (name: string | undefined, steps: number): Needed => {
    if (name === undefined || steps > MAX_STEPS) return {};
    let found: Needed = {};
    for (const node of readers.get(name) ?? []) found = { ...ofReader(node, steps), ...found };
    return found;
  };
  return (name) => ofValue(name, 0);
}
