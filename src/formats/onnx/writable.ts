/** Whether a Reshape can tell its sizes. */
import type { Shape } from '../../../ir/index.ts';

/** ONNX infers one size; others that are open have to be sizes of what is reshaped. */
export const isWritable = (from: Shape, to: Shape): boolean =>
  to.filter((d) => typeof d === 'string' && !from.includes(d)).length <= 1;
