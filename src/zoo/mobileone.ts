/**
 * MobileOne: An Improved One Millisecond Mobile Backbone (Vasu et al., CVPR 2023, arXiv:2206.04040).
 * Parameter names are those of the authors' repository, apple/ml-mobileone, so its checkpoints fit.
 */
import type { Graph } from '../../ir/index.ts';
import { batchNorm, branches, conv2d, flatten, globalAveragePool } from '../model/index.ts';
import { linear, model, mul, named, relu, sequential, sigmoid } from '../model/index.ts';
import type { Layer } from '../model/index.ts';
import { convBn, stageStrides, type ZooOptions } from './options.ts';

/** Squeeze and excitation (Hu et al. 2018): a factor for each channel, from the channels' means. */
export const squeezeExcite: Layer = (x) => {
  const factors = sequential({
    pool: globalAveragePool,
    reduce: conv2d(Math.floor(x.channels / 16), 1),
    relu,
    expand: conv2d(x.channels, 1),
    sigmoid,
  });
  return mul(x, factors(x));
};

export interface MobileoneBlockOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** How many times the convolution is there while training. Default 1. */
  readonly copies?: number;
  readonly squeeze?: boolean;
  readonly deploy?: boolean;
}

/**
 * Copies of a convolution and, where the kernel is above 1x1, a 1x1 one and, where the shape stays, the
 * input, each normalised; their sum; squeeze and excitation if asked for; ReLU.
 */
export const mobileoneBlock = (
  out: number,
  kernel: number,
  options: MobileoneBlockOptions = {},
): Layer => {
  const { stride = 1, groups = 1, copies = 1, squeeze = false, deploy = false } = options;
  const window = { stride, groups, padding: (kernel - 1) / 2 };
  return (x) => {
    const keepsShape = stride === 1 && x.channels === out;
    const names = Array.from({ length: copies }, (_, i) => `rbr_conv.${i}`);
    const conv = deploy
      ? named('reparam_conv', conv2d(out, kernel, window))
      : branches({
          rbr_skip: keepsShape && batchNorm(),
          rbr_scale: kernel > 1 && convBn(out, 1, { stride, groups }),
          ...Object.fromEntries(names.map((name) => [name, convBn(out, kernel, window)])),
        });
    return relu(squeeze ? named('se', squeezeExcite)(conv(x)) : conv(x));
  };
};

/** The sizes of a network. */
export interface MobileoneSizes {
  /** Channels of stage0, one 3x3 block of stride 2. */
  readonly stem: number;
  /** Channels of stage1, stage2, …; the first depthwise block of each has stride 2. */
  readonly widths: readonly number[];
  /** Pairs of a depthwise 3x3 and a pointwise 1x1 block in each stage. */
  readonly depths: readonly number[];
  /** How many pairs at the end of each stage have squeeze and excitation. */
  readonly squeezed?: readonly number[];
  /** Copies of every convolution after stage0. */
  readonly copies: number;
}

/** A MobileOne of any size. Output `logits` [N, classes]. */
export function buildMobileone(
  name: string,
  sizes: MobileoneSizes,
  options: ZooOptions = {},
): Graph {
  const { deploy = false, classes = 1000, input = ['N', 3, 224, 224], seed = 0 } = options;
  const { copies } = sizes;
  const stages = sizes.widths.map((width, i) => {
    const depth = sizes.depths[i]!;
    let before = i === 0 ? sizes.stem : sizes.widths[i - 1]!;
    const blocks = stageStrides(depth).flatMap((stride, pair) => {
      const squeeze = pair >= depth - (sizes.squeezed?.[i] ?? 0);
      const depthwise = { stride, groups: before, copies, squeeze, deploy };
      const both = [
        mobileoneBlock(before, 3, depthwise),
        mobileoneBlock(width, 1, { copies, squeeze, deploy }),
      ];
      before = width;
      return both;
    });
    return [`stage${i + 1}`, sequential(blocks)] as const;
  });
  const net = sequential({
    stage0: mobileoneBlock(sizes.stem, 3, { stride: 2, deploy }),
    ...Object.fromEntries(stages),
    gap: globalAveragePool,
    flatten,
    linear: linear(classes),
  });
  return model(name, { x: input }, ({ x }) => ({ logits: net(x) }), { seed });
}

/** Factors of the widths 64, 128, 256, 512. */
const variants = {
  S0: { factors: [0.75, 1, 1, 2], copies: 4, squeezed: [0, 0, 0, 0] },
  S1: { factors: [1.5, 1.5, 2, 2.5], copies: 1, squeezed: [0, 0, 0, 0] },
  S2: { factors: [1.5, 2, 2.5, 4], copies: 1, squeezed: [0, 0, 0, 0] },
  S3: { factors: [2, 2.5, 3, 4], copies: 1, squeezed: [0, 0, 0, 0] },
  S4: { factors: [3, 3.5, 3.5, 4], copies: 1, squeezed: [0, 0, 5, 1] },
} as const;

export type MobileoneVariant = keyof typeof variants;
export const mobileoneVariants = Object.keys(variants) as MobileoneVariant[];

/** A MobileOne of the paper: input `x` [N, 3, H, W], output `logits` [N, classes]. */
export function mobileone(variant: MobileoneVariant, options: ZooOptions = {}): Graph {
  const { factors, copies, squeezed } = variants[variant];
  const widths = factors.map((factor, i) => Math.floor(64 * 2 ** i * factor));
  const sizes = { stem: Math.min(64, widths[0]!), widths, depths: [2, 8, 10, 1], squeezed, copies };
  return buildMobileone(`mobileone-${variant.toLowerCase()}`, sizes, options);
}
