/**
 * An image with a constant border, or without its own: what Pad, Slice and slice assignment make of the
 * last two axes, and what a convolution that reads it can take into its pads.
 */
import {
  addDims,
  isStatic,
  type Shape,
  type StaticShape,
  type ValueId,
} from '../../../ir/index.ts';
import { floats, type Floats } from './static.ts';

export interface Padded {
  readonly kind: 'padded';
  readonly x: ValueId;
  /** [top, left, bottom, right]; negative ones crop. */
  readonly pads: readonly number[];
  /** What the border holds: one number, one per channel [C], or one per pixel [C, H, W] around the image. */
  readonly border: number | Floats;
}

/** Elements of a border that is given by pixel: more than any image that is padded so. */
const MAX_PIXELS = 2 ** 24;

/** The shape of x [N, C, H, W] with the border. */
export const paddedShape = (x: Shape, [top, left, bottom, right]: readonly number[]): Shape => [
  ...x.slice(0, 2),
  addDims(x[2]!, top! + bottom!),
  addDims(x[3]!, left! + right!),
];

/** Calls `visit` with the place in [C, H, W] of each pixel, and whether the image covers it. */
export function eachPixel(
  { pads }: Padded,
  [channels, height, width]: StaticShape,
  visit: (at: number, isInside: boolean) => void,
): void {
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const plane = height! * width!;
  for (let at = 0; at < channels! * plane; at++) {
    const [row, column] = [Math.floor((at % plane) / width!), at % width!];
    const isRow = row >= top && row < height! - bottom;
    visit(at, isRow && column >= left && column < width! - right);
  }
}

/** The border by pixel, [C, H, W]; null where the sizes are open or too many. */
export function pixelsOf(padded: Padded, x: Shape): Floats | null {
  const shape: Shape = paddedShape(x, padded.pads).slice(1);
  if (!isStatic(shape)) return null;
  const size = shape.reduce((a, b) => a * b, 1);
  if (!(size <= MAX_PIXELS)) return null;
  const { border } = padded;
  if (typeof border !== 'number' && border.shape.length === 3) return border;
  const plane = size / shape[0]!;
  const value = (i: number) =>
    typeof border === 'number' ? border : border.data[Math.floor(i / plane)]!;
  return floats(
    Float64Array.from({ length: size }, (_, i) => value(i)),
    shape,
  );
}

/** A border by pixel, with zeros where the image is: [1, C, H, W]. */
export function borderAround(padded: Padded, { shape, data }: Floats): Floats {
  const around = Float64Array.from(data);
  eachPixel(padded, shape, (at, isInside) => {
    if (isInside) around[at] = 0;
  });
  return floats(around, [1, ...shape]);
}

/** The same with a border by pixel reduced to one number per channel, or one for all, where it is that. */
export function simplified(padded: Padded): Padded {
  const { border } = padded;
  if (typeof border === 'number') return padded;
  const channels = border.shape[0]!;
  const plane = border.data.length / channels;
  const values = new Float64Array(channels);
  const seen = new Uint8Array(channels);
  let isUniform = true;
  const note = (channel: number, value: number) => {
    if (seen[channel] && values[channel] !== value) isUniform = false;
    values[channel] = value;
    seen[channel] = 1;
  };
  if (border.shape.length === 1) border.data.forEach((value, channel) => note(channel, value));
  else {
    eachPixel(padded, border.shape, (at, isInside) => {
      if (!isInside) note(Math.floor(at / plane), border.data[at]!);
    });
  }
  if (!isUniform) return padded;
  const isOne = values.every((value) => value === values[0]);
  return { ...padded, border: isOne ? values[0]! : floats(values) };
}

/** Without rows and columns at its sides. */
export function cropped(padded: Padded, crops: readonly number[]): Padded {
  const pads = padded.pads.map((pad, i) => pad - crops[i]!);
  const { border } = padded;
  if (typeof border === 'number' || border.shape.length === 1) return { ...padded, pads };
  const [channels, height, width] = border.shape as [number, number, number];
  const [top, left, bottom, right] = crops as [number, number, number, number];
  const shape = [channels, height - top - bottom, width - left - right] as const;
  const data = new Float64Array(shape[0] * shape[1] * shape[2]);
  for (let row = 0; row < channels * shape[1]; row++) {
    const y = Math.floor(row / shape[1]) * height + (row % shape[1]) + top;
    const from = y * width + left;
    data.set(border.data.subarray(from, from + shape[2]), row * shape[2]);
  }
  return simplified({ ...padded, pads, border: floats(data, shape) });
}
