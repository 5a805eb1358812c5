/** What the networks of the zoo have in common. */
import type { Shape } from '../../ir/index.ts';
import { batchNorm, conv2d, sequential, type ConvOptions, type Layer } from '../model/index.ts';

export interface ZooOptions {
  /** The plain network, which a merged state dict fits, instead of the one that is trained. Default false. */
  readonly deploy?: boolean;
  /** Outputs of the classifier: by default 1000 (ImageNet), 10 for the networks trained on Fashion-MNIST. */
  readonly classes?: number;
  /**
   * The input's shape [N, C, H, W]; strings are symbolic sizes. By default ['N', 3, 224, 224], and
   * ['N', 1, 28, 28] for the networks trained on Fashion-MNIST.
   */
  readonly input?: Shape;
  /** Of the initial parameters; default 0. */
  readonly seed?: number;
}

/** Convolution without bias, then batch normalisation, under the names `conv` and `bn`. */
export const convBn = (out: number, kernel: number, options: ConvOptions = {}): Layer =>
  sequential({ conv: conv2d(out, kernel, { ...options, bias: false }), bn: batchNorm() });

/** Lists a stage's strides: the first block may halve the image, the others keep it. */
export const stageStrides = (blocks: number, first = 2): number[] =>
  Array.from({ length: blocks }, (_, i) => (i === 0 ? first : 1));
