/**
 * RepVGG: Making VGG-style ConvNets Great Again (Ding et al., CVPR 2021, arXiv:2101.03697). Parameter
 * names are those of the authors' repository, DingXiaoH/RepVGG, so its checkpoints fit.
 */
import type { Graph } from '../../ir/index.ts';
import { batchNorm, branches, conv2d, flatten, globalAveragePool } from '../model/index.ts';
import { linear, model, named, relu, sequential, type Layer } from '../model/index.ts';
import { convBn, stageStrides, type ZooOptions } from './options.ts';

export interface RepvggBlockOptions {
  readonly stride?: number;
  readonly groups?: number;
  readonly deploy?: boolean;
}

/** A 3x3 and a 1x1 convolution and, where the shape stays, the input, each normalised; their sum; ReLU. */
export const repvggBlock = (out: number, options: RepvggBlockOptions = {}): Layer => {
  const { stride = 1, groups = 1, deploy = false } = options;
  return (x) => {
    if (deploy) {
      const conv = conv2d(out, 3, { stride, groups, padding: 1 });
      return relu(named('rbr_reparam', conv)(x));
    }
    const keepsShape = stride === 1 && x.channels === out;
    const block = branches({
      rbr_identity: keepsShape && batchNorm(),
      rbr_dense: convBn(out, 3, { stride, groups, padding: 1 }),
      rbr_1x1: convBn(out, 1, { stride, groups }),
    });
    return relu(block(x));
  };
};

/** The sizes of a network. */
export interface RepvggSizes {
  /** Channels of stage0, one block of stride 2. */
  readonly stem: number;
  /** Channels of stage1, stage2, …; the first block of each has stride 2. */
  readonly widths: readonly number[];
  /** Blocks of stage1, stage2, … */
  readonly depths: readonly number[];
  /** Groups of both convolutions of a block, by its place, counted from 1 after stage0. Default 1. */
  readonly groupsOf?: (place: number) => number;
}

/** A RepVGG of any size. Output `logits` [N, classes]. */
export function buildRepvgg(name: string, sizes: RepvggSizes, options: ZooOptions = {}): Graph {
  const { deploy = false, classes = 1000, input = ['N', 3, 224, 224], seed = 0 } = options;
  const groupsOf = sizes.groupsOf ?? (() => 1);
  let place = 0;
  const stages = sizes.widths.map((width, i) => {
    const blocks = stageStrides(sizes.depths[i]!).map((stride) => {
      place += 1;
      return repvggBlock(width, { stride, groups: groupsOf(place), deploy });
    });
    return [`stage${i + 1}`, sequential(blocks)] as const;
  });
  const net = sequential({
    stage0: repvggBlock(sizes.stem, { stride: 2, deploy }),
    ...Object.fromEntries(stages),
    gap: globalAveragePool,
    flatten,
    linear: linear(classes),
  });
  return model(name, { x: input }, ({ x }) => ({ logits: net(x) }), { seed });
}

const a = { depths: [2, 4, 14, 1], groups: 1 };
const b = { depths: [4, 6, 16, 1], groups: 1 };

/** Factors of the widths 64, 128, 256, 512, and depths. */
const variants = {
  A0: { ...a, factors: [0.75, 0.75, 0.75, 2.5] },
  A1: { ...a, factors: [1, 1, 1, 2.5] },
  A2: { ...a, factors: [1.5, 1.5, 1.5, 2.75] },
  B0: { ...b, factors: [1, 1, 1, 2.5] },
  B1: { ...b, factors: [2, 2, 2, 4] },
  B1g2: { ...b, factors: [2, 2, 2, 4], groups: 2 },
  B1g4: { ...b, factors: [2, 2, 2, 4], groups: 4 },
  B2: { ...b, factors: [2.5, 2.5, 2.5, 5] },
  B2g2: { ...b, factors: [2.5, 2.5, 2.5, 5], groups: 2 },
  B2g4: { ...b, factors: [2.5, 2.5, 2.5, 5], groups: 4 },
  B3: { ...b, factors: [3, 3, 3, 5] },
  B3g2: { ...b, factors: [3, 3, 3, 5], groups: 2 },
  B3g4: { ...b, factors: [3, 3, 3, 5], groups: 4 },
} as const;

export type RepvggVariant = keyof typeof variants;
export const repvggVariants = Object.keys(variants) as RepvggVariant[];

/** A RepVGG of the paper: input `x` [N, 3, H, W], output `logits` [N, classes]. */
export function repvgg(variant: RepvggVariant, options: ZooOptions = {}): Graph {
  const { factors, depths, groups } = variants[variant];
  const widths = factors.map((factor, i) => Math.floor(64 * 2 ** i * factor));
  const stem = Math.min(64, widths[0]!);
  // The paper groups the places 2, 4, …, 26, the even ones.
  const groupsOf = (place: number) => (place % 2 === 0 ? groups : 1);
  const sizes = { stem, widths, depths, groupsOf };
  return buildRepvgg(`repvgg-${variant.toLowerCase()}`, sizes, options);
}
