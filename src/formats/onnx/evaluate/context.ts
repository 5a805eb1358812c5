/** What the evaluation of constants needs, and its bounds: a small file must not make huge arrays. */
import {
  elementCount,
  shapeError,
  unsupported,
  type DType,
  type StaticShape,
} from '../../../../ir/index.ts';
import type { OnnxNode } from '../onnx-node.ts';
import type { Static } from '../static.ts';

export interface EvaluationContext {
  readonly opset: number;
  readonly dtype: DType;
  /** The number of elements of a result, once it is known to be affordable. */
  readonly size: (shape: StaticShape) => number;
}

export type Evaluate = (
  inputs: readonly (Static | null)[],
  node: OnnxNode,
  context: EvaluationContext,
) => Static;

/** One result, or several outputs. */
export type EvaluateAll = (...args: Parameters<Evaluate>) => Static | readonly Static[];

/** More than any machine holds: nobody means that. */
const ABSURD = 2 ** 40;

/**
 * Elements that the file's own size allows; exporters compute little more than shapes and transposes. What
 * goes beyond that is `unsupported`, and a \`shape\` error where it cannot be meant.
 */
export function budget(fileSize: number): EvaluationContext['size'] {
  const most = Math.max(2 ** 20, fileSize);
  let left = 16 * most;
  return (shape) => {
    const size = elementCount(shape);
    if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
      throw shapeError(`the shape [${shape.join(',')}] is impossible`);
    }
    left -= Math.max(size, 1);
    if (size > most || left < 0) {
      const message = 'computes more constants than its file could need';
      throw size > ABSURD ? shapeError(message) : unsupported(message);
    }
    return size;
  };
}

/** An operand that must be there. */
export function need(inputs: readonly (Static | null)[], index: number): Static {
  const input = inputs[index];
  if (input) return input;
  throw shapeError(`lacks its input ${index}`);
}
