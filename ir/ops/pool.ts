/** What the sliding-window pools share. */
import { expectIntegers, expectRank, noMacs, required, type OpDef } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import { windowOutput } from '../window.ts';

export interface PoolAttrs {
  /** [height, width] of the window. */
  kernel_shape: readonly number[];
  strides: readonly number[];
  /** [top, left, bottom, right] */
  pads: readonly number[];
}

export const poolDefaults: PoolAttrs = {
  kernel_shape: [2, 2],
  strides: [1, 1],
  pads: [0, 0, 0, 0],
};

/** `reduce` gets the values inside the image, and how many positions of the window lie in it or in its padding. */
export const poolOp = <A extends PoolAttrs>(
  doc: string,
  attrs: A,
  reduce: (inside: readonly number[], windowSize: number, attrs: A) => number,
): OpDef<A> => ({
  doc,
  operands: [required('x')],
  attrs,
  infer([x], a) {
    expectRank(x!, 4, 'x');
    expectIntegers(a.kernel_shape, 2, 1, 'kernel_shape');
    expectIntegers(a.pads, 4, 0, 'pads');
    const window = { ...a, kernel: a.kernel_shape, dilations: [1, 1] };
    const shape = [...x!.shape.slice(0, 2), ...windowOutput(x!.shape, window)];
    // A window wholly in the padding would have no maximum and no mean.
    if (a.pads.some((pad, i) => pad >= a.kernel_shape[i % 2]!)) {
      throw shapeError(
        `pads=[${a.pads.join(',')}] must be smaller than kernel_shape=[${a.kernel_shape.join(',')}]`,
      );
    }
    return { dtype: x!.dtype, shape };
  },
  macs: noMacs,
  evaluate([x], a, output) {
    const [h, w] = [x!.shape[2]!, x!.shape[3]!];
    const [oh, ow] = [output[2]!, output[3]!];
    return Float64Array.from({ length: output.reduce((m, d) => m * d, 1) }, (_, i) => {
      const plane = Math.floor(i / (oh * ow)) * h * w;
      const top = (Math.floor(i / ow) % oh) * a.strides[0]! - a.pads[0]!;
      const left = (i % ow) * a.strides[1]! - a.pads[1]!;
      const inside: number[] = [];
      for (let row = Math.max(top, 0); row < Math.min(top + a.kernel_shape[0]!, h); row++) {
        for (let col = Math.max(left, 0); col < Math.min(left + a.kernel_shape[1]!, w); col++) {
          inside.push(x!.data[plane + row * w + col]!);
        }
      }
      return reduce(inside, a.kernel_shape[0]! * a.kernel_shape[1]!, a);
    });
  },
});
