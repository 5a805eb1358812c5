/** What becomes of a file: whether its nodes are imported, stay as they are, or are refused. */
import { ReparamError } from '../../../ir/index.ts';
import { openOnnx } from '../../../src/formats/onnx/index.ts';
import { onnxOf, type OnnxParts } from './make-onnx.ts';

/** `none` where every node can be imported, `unsupported` where one stays, `shape` where one is wrong. */
export function codeOf(parts: OnnxParts): string {
  try {
    return openOnnx(onnxOf(parts)).opaque.length > 0 ? 'unsupported' : 'none';
  } catch (error) {
    if (!(error instanceof ReparamError) || error.code !== 'file') throw error;
    return error.message.includes('there is nothing else to optimise') ? 'unsupported' : 'shape';
  }
}
