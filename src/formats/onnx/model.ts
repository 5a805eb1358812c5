/** An ONNX file that can be written back: what the IR can express as a graph, and the rest as it is. */
import { verify, type Graph } from '../../../ir/index.ts';
import type { Precision } from '../../equivalence/index.ts';
import { toBytes, type Bytes } from '../bytes.ts';
import { importModel, type Import } from './import.ts';
import { encodeNode } from './encode-node.ts';
import { openModel, type ModelFile } from './model-file.ts';
import { ofFile, type ReadOnnxOptions } from './read.ts';
import { TensorProto_DataType as Type } from './schema/onnx_pb.ts';
import type { OnnxFile } from './external-data.ts';
import { writeBack, type WriteBackOptions } from './write-back.ts';

/** A node that stays as it is in the file, since reparam does not know it or not all that it does. */
export interface OpaqueNode {
  readonly name: string;
  /** The operator; with its domain where that is not ONNX's own: `my.domain::Resample`. */
  readonly op: string;
  /** Names of the values it reads, those that its subgraphs read included; absent ones left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Why it could not be imported. */
  readonly why: string;
}

export interface OnnxModel {
  /**
   * What could be imported. What opaque nodes give is among its inputs, and what they read among its
   * outputs, under the names of the file. A rewrite that keeps inputs and outputs can be written back.
   */
  readonly graph: Graph;
  readonly opaque: readonly OpaqueNode[];
  /** Names of the file's own inputs and outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly opset: number;
  /** What the file keeps weights in, where some of them have 16 bits. */
  readonly precision: Precision | undefined;
  /**
   * All that an opaque node does, so that two can be compared: the node without its name, and the constants
   * that it reads.
   */
  readonly encode: (node: OpaqueNode) => Uint8Array[];
  /**
   * The file with this graph in place of its own. All that the rewrite left alone stays as it is: nodes,
   * weights, names, documentation, metadata, element types, the opset. Throws a `file` error where ONNX
   * cannot express a node.
   */
  readonly write: (graph: Graph, options?: WriteBackOptions) => OnnxFile;
}

const opaqueNodes = ({ kept }: Import): OpaqueNode[] =>
  [...kept].flatMap(([{ op, name, outputs, captures, proto }, why]) => {
    if (why === null) return [];
    const inputs = [...new Set([...proto.input, ...captures])].filter((one) => one !== '');
    const given = outputs.filter((one) => one !== '');
    return [{ name: name || (given[0] ?? ''), op, inputs, outputs: given, why }];
  });

/** Constants are written in the type of what the nodes that read them compute. */
function precisionOf({ graph, element }: Import): Precision | undefined {
  const elements = new Set(graph.nodes.map(({ outputs: [output] }) => element(output.id)));
  if (elements.has(Type.BFLOAT16)) return { unit: 2 ** -8, smallest: 2 ** -126 };
  return elements.has(Type.FLOAT16) ? { unit: 2 ** -11, smallest: 2 ** -14 } : undefined;
}

function modelOf(file: ModelFile, imported: Import, shapes: ReadOnnxOptions['shapes']): OnnxModel {
  return {
    graph: imported.graph,
    opaque: opaqueNodes(imported),
    inputs: file.inputs.map(({ name }) => name),
    outputs: file.outputs,
    opset: file.opset,
    precision: precisionOf(imported),
    encode: ({ outputs: [first] }) => encodeNode(file, imported, first!),
    write: (graph, options = {}) =>
      writeBack(file, imported, verify(graph), { ...options, shapes: shapes ?? {} }),
  };
}

/**
 * Opens an ONNX file (opset 9 or newer) so that it can be optimised and written back. A node that reparam
 * does not support stays as it is and bounds what is optimised, and so does one that computes with what is
 * no floating-point tensor of known rank. Shapes that nothing declares are open sizes.
 *
 * Throws a `file` error that names the nodes for BatchNormalization in training mode, for sizes that
 * contradict each other, for anything malformed, and where none of the operators is supported.
 */
export function openOnnx(file: Bytes, options: ReadOnnxOptions = {}): OnnxModel {
  const { what = 'the ONNX file', shapes = {}, external } = options;
  const bytes = toBytes(file, what);
  return ofFile(what, () => {
    const opened = openModel(bytes, { what, shapes, external, isMixed: true });
    return modelOf(opened, importModel(opened, what, true), shapes);
  });
}
