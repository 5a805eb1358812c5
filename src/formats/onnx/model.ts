/** An ONNX file that can be written back: what the IR can express as a graph, and the rest as it is. */
import type { Graph } from '../../../ir/index.ts';
import { readOnnx, type ReadOnnxOptions } from './read.ts';
import { writeOnnx } from './write.ts';
import type { Bytes } from '../bytes.ts';

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
  /** The file with this graph in place of its own; the rest of the file stays as it is. */
  readonly write: (graph: Graph, options?: { readonly what?: string }) => OnnxFile;
}

export interface OnnxFile {
  readonly model: Uint8Array;
  /** Weights that did not fit the file, to be written next to it under this name. */
  readonly external?: { readonly name: string; readonly chunks: readonly Uint8Array[] };
}

export interface OpenOnnxOptions extends ReadOnnxOptions {
  /** Reads a part of a file beside this one, in which the model has weights. */
  readonly external?: (name: string, offset: number, length: number | undefined) => Uint8Array;
}

export function openOnnx(file: Bytes, options: OpenOnnxOptions = {}): OnnxModel {
  const graph = readOnnx(file, options);
  return {
    graph,
    opaque: [],
    inputs: graph.inputs.map(({ id }) => id),
    outputs: graph.outputs.map(({ name }) => name),
    opset: 17,
    write: (plain, { what } = {}) => ({
      model: writeOnnx(plain, what === undefined ? {} : { what }),
    }),
  };
}
