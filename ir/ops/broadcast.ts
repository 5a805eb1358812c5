/** What `add` and `mul` share: two operands that broadcast as in ONNX and NumPy, aligned at the last axis. */
import { defineOp, noMacs, required, type Array64, type OpDef } from '../define-op.ts';
import { printShape, type Dim, type Shape, type StaticShape } from '../dim.ts';
import { shapeError } from '../errors.ts';

/** The shape that two shapes broadcast to. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i): Dim => {
    const da = a[i - rank + a.length] ?? 1;
    const db = b[i - rank + b.length] ?? 1;
    if (da === db || db === 1) return da;
    if (da === 1) return db;
    throw shapeError(`a ${printShape(a)} and b ${printShape(b)} do not broadcast`);
  });
}

/** Row-major strides of `shape` within `output`; 0 along broadcast axes. */
export function broadcastStrides(shape: StaticShape, output: StaticShape): number[] {
  const strides: number[] = new Array<number>(output.length).fill(0);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1) strides[i + output.length - shape.length] = step;
    step *= shape[i]!;
  }
  return strides;
}

function broadcastEvaluate(
  a: Array64,
  b: Array64,
  output: StaticShape,
  apply: (x: number, y: number) => number,
): Float64Array {
  const y = new Float64Array(output.reduce((m, d) => m * d, 1));
  const [sa, sb] = [broadcastStrides(a.shape, output), broadcastStrides(b.shape, output)];
  const index = new Array<number>(output.length).fill(0);
  let [ia, ib] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    y[i] = apply(a.data[ia]!, b.data[ib]!);
    for (let axis = output.length - 1; axis >= 0; axis--) {
      ia += sa[axis]!;
      ib += sb[axis]!;
      if (++index[axis]! < output[axis]!) break;
      ia -= sa[axis]! * output[axis]!;
      ib -= sb[axis]! * output[axis]!;
      index[axis] = 0;
    }
  }
  return y;
}

export const broadcastOp = (
  doc: string,
  apply: (x: number, y: number) => number,
): OpDef<Record<never, never>> =>
  defineOp<Record<never, never>>({
    doc,
    operands: [required('a'), required('b')],
    attrs: {},
    infer: ([a, b]) => ({ dtype: a!.dtype, shape: broadcastShape(a!.shape, b!.shape) }),
    macs: noMacs,
    evaluate: ([a, b], _, output) => broadcastEvaluate(a!, b!, output, apply),
  });
