import { defineOp, noMacs, required } from '../define-op.ts';
import { divideDims, isDim, printShape, type Dim } from '../dim.ts';
import { shapeError } from '../errors.ts';

export interface ReshapeAttrs {
  /** As in ONNX: 0 copies the size at its place, one -1 is inferred; a string is a symbolic size. */
  shape: readonly Dim[];
}

export const reshape = defineOp<ReshapeAttrs>({
  doc: 'The same elements in another shape.',
  operands: [required('x')],
  attrs: { shape: [-1] },
  infer([x], { shape: wanted }) {
    const what = `x ${printShape(x!.shape)} cannot take the shape ${printShape(wanted)}`;
    if (!wanted.every((d) => d === 0 || d === -1 || isDim(d))) throw shapeError(what);
    const copied = wanted.map((d, i): Dim => (d === 0 ? (x!.shape[i] ?? -2) : d));
    if (copied.includes(-2)) throw shapeError(`${what}: there is no size to copy for a 0`);
    const open = copied.indexOf(-1);
    if (copied.lastIndexOf(-1) !== open) throw shapeError(`${what}: more than one -1`);
    const rest = divideDims(
      x!.shape,
      copied.filter((d) => d !== -1),
    );
    if (rest === null || (open < 0 && rest !== 1)) throw shapeError(what);
    return { dtype: x!.dtype, shape: copied.map((d) => (d === -1 ? rest! : d)) };
  },
  macs: noMacs,
  evaluate: ([x]) => Float64Array.from(x!.data),
});
