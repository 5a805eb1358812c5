/** The words that every kernel with a sliding window has. */
import { extent, type StaticShape } from '../../ir/index.ts';
import type { Job } from '../kernel.ts';
import type { Word } from '../plan.ts';
import { i32, u32 } from '../shader.ts';

/** Sizes of images [N, C, H, W]: height, width of the input, then of the output. */
export const imageWords = (input: StaticShape, output: StaticShape): Word[] => [
  i32('height', input[2]!),
  i32('width', input[3]!),
  u32('outHeight', output[2]!),
  u32('outWidth', output[3]!),
];

/** Kernel, strides and the pads at the top and on the left; the others follow from the output's size. */
export const windowWords = (
  kernel: readonly number[],
  strides: readonly number[],
  pads: readonly number[],
): Word[] => [
  i32('kernelHeight', kernel[0]!),
  i32('kernelWidth', kernel[1]!),
  i32('strideY', strides[0]!),
  i32('strideX', strides[1]!),
  i32('top', pads[0]!),
  i32('left', pads[1]!),
];

/** Outputs that an invocation computes: m channels by y rows by x columns. */
export interface Tile {
  readonly m: number;
  readonly y: number;
  readonly x: number;
}

type Pair = readonly [number, number];

export interface ConvWindow {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

export const windowOf = ({ node, inputs }: Job<'conv2d'>): ConvWindow => ({
  kernel: inputs[1]!.shape.slice(2) as [number, number],
  strides: node.attrs.strides as Pair,
  dilations: node.attrs.dilations as Pair,
});

/** The part of the image that a tile of outputs sees. */
export function patchSize({ kernel, strides, dilations }: ConvWindow, tile: Tile) {
  return {
    rows: (tile.y - 1) * strides[0] + extent(kernel[0], dilations[0]),
    columns: (tile.x - 1) * strides[1] + extent(kernel[1], dilations[1]),
  };
}
