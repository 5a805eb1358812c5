/** What a case of an operator is, and short ways to write one. */
import type { NodeProto, TensorProto } from '../../../src/formats/onnx/schema/onnx_pb.ts';
import { floatsOf, onnxNodeOf as n } from './make-onnx.ts';

export interface Case {
  readonly what: string;
  readonly nodes: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
  readonly shape?: readonly number[];
  readonly opset?: number;
  /** The ops of the graph, where they are of interest. */
  readonly ops?: string;
}

/** The operator on its own. */
export const one = (op: string, attrs: Parameters<typeof n>[3] = {}, inputs = ['x']) => [
  n(op, inputs, ['y'], attrs),
];
export const scalarOf = (name: string, value: number) => floatsOf(name, [], [value]);
