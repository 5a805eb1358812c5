import { applyFused, checkFused, noActivation, type Fused } from '../activation.ts';
import { defineOp, expectIntegers, expectRank, expectShape, expectStatic } from '../define-op.ts';
import { optional, required, type Array64 } from '../define-op.ts';
import { elementCount, printShape, scaleAndShift } from '../dim.ts';
import type { Dim, Shape, StaticShape } from '../dim.ts';
import { shapeError } from '../errors.ts';
import { extent } from '../window.ts';

export interface ConvTranspose2dAttrs extends Fused {
  /** [vertical, horizontal]: how far apart neighbouring pixels of x land in the output. */
  strides: readonly number[];
  /** [top, left, bottom, right]: what is cut off of the output. */
  pads: readonly number[];
  dilations: readonly number[];
  /** [vertical, horizontal]: rows and columns more at the bottom and right; less than the stride or the dilation. */
  output_padding: readonly number[];
  group: number;
}

type Window = Omit<ConvTranspose2dAttrs, 'group' | 'act' | 'actParams'>;

/** [height, width] of the output: (size - 1) stride + extent + output_padding - pads. */
function outputSize(input: Shape, kernel: readonly number[], window: Window): [Dim, Dim] {
  const { strides, pads, dilations, output_padding } = window;
  expectIntegers(strides, 2, 1, 'strides');
  expectIntegers(dilations, 2, 1, 'dilations');
  expectIntegers(pads, 4, 0, 'pads');
  expectIntegers(output_padding, 2, 0, 'output_padding');
  const size = (axis: 0 | 1): Dim => {
    const [stride, dilation, more] = [strides[axis]!, dilations[axis]!, output_padding[axis]!];
    if (more >= Math.max(stride, dilation)) {
      const values = `strides=[${strides.join(',')}], dilations=[${dilations.join(',')}]`;
      throw shapeError(
        `output_padding=[${output_padding.join(',')}] must be less than the stride or the dilation: ${values}`,
      );
    }
    const cut = pads[axis]! + pads[axis + 2]!;
    const out = scaleAndShift(
      input[axis + 2]!,
      stride,
      extent(kernel[axis]!, dilation) + more - cut - stride,
    );
    if (typeof out === 'number' && out < 1) {
      throw shapeError(
        `a cut of pads=[${pads.join(',')}] does not fit: nothing is left of what a kernel of ${kernel.join('x')} makes of ${printShape(input)}`,
      );
    }
    return out;
  };
  return [size(0), size(1)];
}

/** Every pixel of x adds its multiple of the kernel to the output, around stride times its place. */
function scatter(
  x: Array64,
  w: Array64,
  b: Array64 | null,
  a: ConvTranspose2dAttrs,
  out: StaticShape,
) {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [, perGroup, kh, kw] = w.shape as [number, number, number, number];
  const [, outputs, oh, ow] = out as [number, number, number, number];
  const y = new Float64Array(elementCount(out));
  if (b)
    for (let i = 0; i < batch * outputs; i++)
      y.fill(b.data[i % outputs]!, i * oh * ow, (i + 1) * oh * ow);
  const [top, left] = [a.pads[0]!, a.pads[1]!];
  for (let plane = 0; plane < batch * channels; plane++) {
    const c = plane % channels;
    const group = Math.floor(c / (channels / a.group));
    const firstOutput = Math.floor(plane / channels) * outputs + group * perGroup;
    for (let m = 0; m < perGroup; m++) {
      for (let tap = 0; tap < kh * kw; tap++) {
        const weight = w.data[(c * perGroup + m) * kh * kw + tap]!;
        const down = Math.floor(tap / kw) * a.dilations[0]! - top;
        const right = (tap % kw) * a.dilations[1]! - left;
        for (let i = 0; i < height; i++) {
          const row = i * a.strides[0]! + down;
          if (row < 0 || row >= oh) continue;
          const to = ((firstOutput + m) * oh + row) * ow;
          const from = (plane * height + i) * width;
          for (let j = 0; j < width; j++) {
            const column = j * a.strides[1]! + right;
            if (column >= 0 && column < ow) y[to + column]! += weight * x.data[from + j]!;
          }
        }
      }
    }
  }
  return y;
}

export const convTranspose2d = defineOp<ConvTranspose2dAttrs>({
  doc:
    'Transposed convolution of x [N, C, H, W] with w [C, M/group, kH, kW], plus b [M], then the activation: ' +
    'the adjoint of the convolution with w. Pads cut the output off, output_padding adds to its end.',
  operands: [required('x'), required('w'), optional('b')],
  attrs: {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    output_padding: [0, 0],
    group: 1,
    ...noActivation,
  },
  infer([x, w, b], attrs) {
    expectRank(x!, 4, 'x');
    expectRank(w!, 4, 'w');
    if (!Number.isInteger(attrs.group) || attrs.group < 1) {
      throw shapeError(`group=${attrs.group} must be an integer of at least 1`);
    }
    checkFused(attrs);
    const [n, channels] = x!.shape;
    const [inputs, perGroup, ...kernel] = expectStatic(w!, 'w');
    if (channels !== inputs) {
      throw shapeError(
        `x ${printShape(x!.shape)} has ${channels} ${channels === 1 ? 'channel' : 'channels'}, but w ${printShape(w!.shape)} takes ${inputs}`,
      );
    }
    if (inputs! % attrs.group !== 0) {
      throw shapeError(
        `w ${printShape(w!.shape)} takes ${inputs} channels, not a multiple of group=${attrs.group}`,
      );
    }
    const outputs = perGroup! * attrs.group;
    expectShape(b, [outputs], 'b');
    return { dtype: x!.dtype, shape: [n!, outputs, ...outputSize(x!.shape, kernel, attrs)] };
  },
  // Each pixel of x with each tap, those that are cut off included.
  macs: ([x, w]) => elementCount(x!) * elementCount(w!.slice(1)),
  evaluate([x, w, b], attrs, output) {
    const y = scatter(x!, w!, b ?? null, attrs, output);
    applyFused(y, attrs);
    return y;
  },
});
