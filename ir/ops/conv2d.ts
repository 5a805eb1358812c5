import { applyFused, checkFused, noActivation, type Fused } from '../activation.ts';
import { defineOp, expectRank, expectShape, expectStatic } from '../define-op.ts';
import { optional, required, type Array64 } from '../define-op.ts';
import { printShape, type StaticShape } from '../dim.ts';
import { shapeError } from '../errors.ts';
import { windowOutput } from '../window.ts';

export interface Conv2dAttrs extends Fused {
  /** [vertical, horizontal] */
  strides: readonly number[];
  /** [top, left, bottom, right]; a negative one crops the image. */
  pads: readonly number[];
  dilations: readonly number[];
  group: number;
}

/** Images [N, C, H, W] with a border of each channel's pad value around them, or cropped where pads are negative. */
function padImages(x: Array64, pads: readonly number[], value: Array64 | null): Array64 {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const shape = [n, c, h + top + bottom, w + left + right] as const;
  const plane = shape[2] * shape[3];
  const data = new Float64Array(n * c * plane);
  for (let image = 0; image < n * c; image++) {
    if (value) data.fill(value.data[image % c]!, image * plane, (image + 1) * plane);
    for (let row = Math.max(0, -top); row < Math.min(h, h + bottom); row++) {
      const [first, end] = [Math.max(0, -left), Math.min(w, w + right)];
      if (first >= end) continue;
      const from = (image * h + row) * w;
      const to = image * plane + (row + top) * shape[3] + left;
      data.set(x.data.subarray(from + first, from + end), to + first);
    }
  }
  return { shape, data };
}

/** y[n, o, p] = b[o] + sum over input channels c of o's group and taps d of W[o, c, d] x[n, c, stride p + d]. */
function convolve(x: Array64, w: Array64, b: Array64 | null, a: Conv2dAttrs, out: StaticShape) {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const [outputs, perGroup, kh, kw] = w.shape as [number, number, number, number];
  const [batch, , oh, ow] = out as [number, number, number, number];
  const [sh, sw] = [a.strides[0]!, a.strides[1]!];
  const [dh, dw] = [a.dilations[0]!, a.dilations[1]!];
  const outputsPerGroup = outputs / a.group;
  const [input, weights] = [x.data, w.data];
  const y = new Float64Array(batch * outputs * oh * ow);
  const taps = perGroup * kh * kw;
  // What an output reads at four neighbouring positions, tap by tap: four sums that need not wait for
  // one another, and each weight is read once for them.
  const patch = new Float64Array(4 * taps);
  for (let n = 0; n < batch; n++) {
    for (let group = 0; group < a.group; group++) {
      const firstPlane = n * channels + group * perGroup;
      for (let p = 0; p < oh * ow; p += 4) {
        const lanes = Math.min(4, oh * ow - p);
        for (let lane = 0; lane < lanes; lane++) {
          const top = Math.floor((p + lane) / ow) * sh;
          const left = ((p + lane) % ow) * sw;
          let to = lane;
          for (let plane = firstPlane; plane < firstPlane + perGroup; plane++) {
            for (let row = 0; row < kh; row++) {
              const from = (plane * height + top + row * dh) * width + left;
              for (let col = 0; col < kw; col++, to += 4) patch[to] = input[from + col * dw]!;
            }
          }
        }
        for (let o = group * outputsPerGroup; o < (group + 1) * outputsPerGroup; o++) {
          const bias = b ? b.data[o]! : 0;
          let [y0, y1, y2, y3] = [bias, bias, bias, bias];
          for (let tap = 0; tap < taps; tap++) {
            const weight = weights[o * taps + tap]!;
            // A tap that is not there reads nothing, not even an infinity.
            if (weight === 0) continue;
            y0 += weight * patch[4 * tap]!;
            y1 += weight * patch[4 * tap + 1]!;
            y2 += weight * patch[4 * tap + 2]!;
            y3 += weight * patch[4 * tap + 3]!;
          }
          const to = (n * outputs + o) * oh * ow + p;
          y[to] = y0;
          if (lanes > 1) y[to + 1] = y1;
          if (lanes > 2) y[to + 2] = y2;
          if (lanes > 3) y[to + 3] = y3;
        }
      }
    }
  }
  return y;
}

export const conv2d = defineOp<Conv2dAttrs>({
  doc:
    'Convolution of x [N, C, H, W] with w [M, C/group, kH, kW], plus b [M], then the activation. ' +
    'Outside the image x is padValue [C], or zero where that operand is absent; negative pads crop x.',
  operands: [required('x'), required('w'), optional('b'), optional('padValue')],
  attrs: {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 1,
    ...noActivation,
  },
  infer([x, w, b, padValue], attrs) {
    expectRank(x!, 4, 'x');
    expectRank(w!, 4, 'w');
    if (!Number.isInteger(attrs.group) || attrs.group < 1) {
      throw shapeError(`group=${attrs.group} must be an integer of at least 1`);
    }
    checkFused(attrs);
    const [n, channels] = x!.shape;
    const [outputs, perGroup, ...kernel] = expectStatic(w!, 'w');
    if (channels !== perGroup! * attrs.group) {
      throw shapeError(
        `x ${printShape(x!.shape)} has ${channels} ${channels === 1 ? 'channel' : 'channels'}, but w ${printShape(w!.shape)} with group=${attrs.group} takes ${perGroup! * attrs.group}`,
      );
    }
    if (outputs! % attrs.group !== 0) {
      throw shapeError(
        `w ${printShape(w!.shape)} has ${outputs} outputs, not a multiple of group=${attrs.group}`,
      );
    }
    expectShape(b, [outputs!], 'b');
    expectShape(padValue, [channels!], 'padValue');
    return {
      dtype: x!.dtype,
      shape: [n!, outputs!, ...windowOutput(x!.shape, { kernel, ...attrs })],
    };
  },
  macs: ([, w], out) => out.reduce((a, b) => a * b, 1) * w!.slice(1).reduce((a, b) => a * b, 1),
  evaluate([x, w, b, padValue], attrs, output) {
    const padded = padImages(x!, attrs.pads, padValue ?? null);
    const y = convolve(padded, w!, b ?? null, attrs, output);
    applyFused(y, attrs);
    return y;
  },
});
