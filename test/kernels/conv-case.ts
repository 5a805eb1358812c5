/** Graphs of a single convolution. */
import { extent, GraphBuilder, type Fused, type Graph } from '../../ir/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import { finishWithResidual, type Residual } from './residual.ts';

export type Pair = readonly [number, number];

export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** What a convolution may have besides its weights; each combination is a pipeline of its own. */
export interface Extras {
  readonly bias: boolean;
  readonly padValue: boolean;
  readonly residual: Residual | null;
  readonly act: Fused['act'];
  readonly actParams?: readonly number[];
  /** Weights that are an input of the graph. */
  readonly computed?: boolean;
}

export interface ConvCase {
  readonly batch: number;
  readonly group: number;
  /** Channels and outputs of a group. */
  readonly channels: number;
  readonly outputs: number;
  /** Height and width of the image. */
  readonly size: Pair;
  /** [top, left, bottom, right]; negative ones crop. */
  readonly pads: readonly number[];
  readonly window: Window;
  readonly extras: Extras;
}

export const bare: Extras = { bias: false, padValue: false, residual: null, act: 'none' };
export const activated: Extras = { ...bare, bias: true, act: 'relu' };
export const padded: Extras = { ...bare, padValue: true };
export const full: Extras = { bias: true, padValue: true, residual: 'kept', act: 'relu' };
export const inPlace: Extras = { ...full, residual: 'overwritten' };

export const window = (kernel: Pair, strides: Pair = [1, 1], dilations: Pair = [1, 1]): Window => ({
  kernel,
  strides,
  dilations,
});

/** The least size of an image, along an axis, that the window fits into. */
export const leastSize = ({ kernel, dilations }: Window, pads: readonly number[], axis: 0 | 1) =>
  Math.max(1, extent(kernel[axis], dilations[axis]) - pads[axis]! - pads[axis + 2]!);

/** "y" is the convolution of "x" and "w"; with a residual, "s" adds "r" to it. */
export function buildConv(one: ConvCase): Graph {
  const { batch, group, channels, outputs, size, pads, window: w, extras } = one;
  const { act, actParams = [], ...has } = extras;
  const b = new GraphBuilder('conv');
  const weight = (id: string, shape: readonly number[]) => b.constant(id, randomTensor(id, shape));
  b.input('x', [batch, group * channels, ...size]);
  const weights = [group * outputs, channels, ...w.kernel];
  if (has.computed) b.input('w', weights);
  else weight('w', weights);
  const bias = has.bias ? weight('bias', [group * outputs]) : null;
  const padValue = has.padValue ? weight('padValue', [group * channels]) : null;
  const { strides, dilations } = w;
  const attrs = { strides, dilations, pads, group };
  const fused = { act, actParams };
  const own = has.residual ? {} : fused;
  b.node('conv2d', 'y', ['x', 'w', bias, padValue], { ...attrs, ...own });
  if (!has.residual) return b.finish([{ name: 'y', value: 'y' }]);
  return finishWithResidual(b, fused, has.residual);
}
