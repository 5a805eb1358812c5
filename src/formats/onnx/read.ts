/** ONNX files as graphs. */
import { ReparamError, type Graph, type Shape } from '../../../ir/index.ts';
import { toBytes, type Bytes } from '../bytes.ts';
import { fileError } from '../safetensors-header.ts';
import type { ReadExternal } from './external-data.ts';
import { importModel } from './import.ts';
import { openModel } from './model-file.ts';

export interface ReadOnnxOptions {
  /** Names the file in errors. */
  readonly what?: string;
  /** Shapes of inputs, in place of those in the file: `{ x: ['N', 3, 224, 224] }`. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Reads a part of a file beside this one, for models that have their weights in others. */
  readonly external?: ReadExternal;
}

/** Runs what opens a file, so that every error names it. */
export function ofFile<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ReparamError) || error.code === 'file') throw error;
    throw fileError(what, error.message, error);
  }
}

/**
 * The graph in an ONNX file (opset 9 or newer) for inference. Inputs, outputs, weights and nodes keep their
 * names. Constants and what exporters compute from shapes are evaluated; 16-bit floats become float32.
 * Weights are views of `file` where their place in it is aligned.
 *
 * Throws one `file` error that lists every node that cannot be imported: operators that are not supported,
 * BatchNormalization and Dropout in training mode, sizes that contradict each other; and a `file` error for
 * anything malformed. `openOnnx` takes files with operators that are not supported.
 */
export function readOnnx(file: Bytes, options: ReadOnnxOptions = {}): Graph {
  const { what = 'the ONNX file', shapes = {}, external } = options;
  const bytes = toBytes(file, what);
  return ofFile(what, () => {
    const opened = openModel(bytes, { what, shapes, external, isMixed: false });
    return importModel(opened, what, false).graph;
  });
}
