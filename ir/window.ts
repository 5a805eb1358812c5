/** The geometry that convolutions and pools share: a window sliding over the last two axes. */
import { shiftAndDivide, printShape, type Dim, type Shape } from './dim.ts';
import { expectIntegers } from './define-op.ts';
import { shapeError } from './errors.ts';

export interface Window {
  /** [height, width] of the kernel. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** [top, left, bottom, right]; a negative one crops: the window starts, or stops, inside of the image. */
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** What a dilated kernel covers along an axis. */
export const extent = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** [height, width] of the output: floor((size + pads - extent) / stride) + 1. */
export function windowOutput(input: Shape, window: Window): [Dim, Dim] {
  expectIntegers(window.strides, 2, 1, 'strides');
  expectIntegers(window.dilations, 2, 1, 'dilations');
  expectIntegers(window.pads, 4, -Infinity, 'pads');
  const size = (axis: 0 | 1): Dim => {
    const stride = window.strides[axis]!;
    const covered = extent(window.kernel[axis]!, window.dilations[axis]!);
    const pads = window.pads[axis]! + window.pads[axis + 2]!;
    const out = shiftAndDivide(input[axis + 2]!, pads - covered + stride, stride);
    if (typeof out === 'number' && out < 1) {
      const kernel = `${window.kernel.join('x')}, dilations=[${window.dilations.join(',')}]`;
      throw shapeError(
        `a kernel of ${kernel}, pads=[${window.pads.join(',')}] does not fit into the input ${printShape(input)}`,
      );
    }
    return out;
  };
  return [size(0), size(1)];
}
