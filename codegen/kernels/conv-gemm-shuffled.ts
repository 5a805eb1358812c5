/**
 * 1x1 convolutions on hardware by subgroups of any size: products of matrices whose operands stay in registers.
 * The image is the matrix, four pixels of a channel to a load.
 */
import type { Job, Kernel } from '../kernel.ts';
import { u32, type Binder } from '../shader.ts';
import { convProblem } from './conv-gemm.ts';
import { gemmCandidates, type BoundQuads } from './gemm-steps.ts';
import { refuseShuffles, shuffledTiles } from './shuffled-matmul.ts';

export const convGemmShuffled: Kernel<'conv2d'> = {
  name: 'conv-gemm-shuffled',
  doc: 'Constant 1x1 weights, no padding, no strides, channels of whole vectors; a single group, or groups of a multiple of four outputs.',
  madeFor: 'hardware',
  refuses({ node, inputs, output }, device) {
    const { shape, packable } = inputs[1]!;
    const { group, pads, strides } = node.attrs;
    if (!packable) return 'the weights are not constant, or reshaped';
    if (shape[2] !== 1 || shape[3] !== 1) return 'the window is not 1x1';
    if (strides.some((stride) => stride !== 1)) return 'it is strided';
    if (pads.some((pad) => pad !== 0)) return 'there is padding';
    if (planeOf(output.shape) % 4 !== 0) return 'the pixels are not a multiple of 4';
    const outputs = shape[0]! / group;
    return group > 1 && outputs % 4 !== 0
      ? `the ${outputs} outputs of a group are not a multiple of 4`
      : refuseShuffles(device);
  },
  candidates: (job, device) =>
    gemmCandidates(
      job,
      {
        ...convProblem(job),
        kernel: 'conv-gemm-shuffled',
        tiles: shuffledTiles(device),
        bindQuads: (b) => bindPixels(job, b),
      },
      device,
    ),
};

const planeOf = (shape: readonly number[]) => shape[2]! * shape[3]!;

function bindPixels({ inputs, output }: Job<'conv2d'>, b: Binder): BoundQuads {
  const [image] = inputs;
  return {
    words: [u32('channels', image!.shape[1]!), u32('planeQuads', planeOf(output.shape) / 4)],
    columns: {
      start: '(column / p.plane * p.channels + g * p.depth) * p.planeQuads + column % p.plane / 4u',
      stride: 'p.planeQuads',
      load: b.read('x', image!, 'vec4f'),
    },
  };
}
