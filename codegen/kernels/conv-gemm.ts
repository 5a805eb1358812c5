/**
 * Convolutions on hardware as products of matrices: outputs by all pixels of all images, over input channels
 * and taps. The patches of the image are gathered on the way to shared memory, never stored ("implicit GEMM").
 */
import { elementCount } from '../../ir/index.ts';
import type { Job, Kernel } from '../kernel.ts';
import { i32, u32, type Binder } from '../shader.ts';
import { gemmCandidates, type GemmProblem } from './gemm-steps.ts';
import { imageWords, windowWords } from './window.ts';

export const convGemm: Kernel<'conv2d'> = {
  name: 'conv-gemm',
  doc: 'Constant weights, any window; a single group, or groups of a multiple of four outputs.',
  madeFor: 'hardware',
  refuses({ node, inputs }) {
    const { shape, packable } = inputs[1]!;
    if (!packable) return 'the weights are not constant, or reshaped';
    const outputs = shape[0]! / node.attrs.group;
    return node.attrs.group > 1 && outputs % 4 !== 0
      ? `the ${outputs} outputs of a group are not a multiple of 4`
      : null;
  },
  candidates: (job, device) => gemmCandidates(job, convProblem(job), device),
};

export function convProblem(job: Job<'conv2d'>): GemmProblem {
  const { group } = job.node.attrs;
  const [n, outputs, height, width] = job.output.shape as [number, number, number, number];
  return {
    kernel: 'conv-gemm',
    groups: group,
    rows: outputs / group,
    columns: n * height * width,
    depth: elementCount(job.inputs[1]!.shape.slice(1)),
    plane: height * width,
    bind: (b) => bindPatches(job, b),
  };
}

/** Column by column what a window sees: element k is tap k % taps of channel k / taps. */
function bindPatches({ node, inputs, output }: Job<'conv2d'>, b: Binder) {
  const [image, weights, , padValue] = inputs;
  const { strides, pads, dilations } = node.attrs;
  const [, perGroup, ...kernel] = weights!.shape as [number, number, number, number];
  const taps = elementCount(kernel);
  const x = b.read('x', image!);
  const outside = padValue ? b.read('padValue', padValue)('channel') : '0.0';
  // Without padding nothing is read outside: the last window ends within the image.
  const inside = x('(plane * p.height + yy) * p.width + xx');
  const clamped = x(
    '(plane * p.height + clamp(yy, 0, p.height - 1)) * p.width + clamp(xx, 0, p.width - 1)',
  );
  const isInside = '(yy >= 0) & (yy < p.height) & (xx >= 0) & (xx < p.width)';
  const isPadded = pads.some((pad) => pad > 0);
  return {
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(kernel, strides, pads),
      i32('dilationY', dilations[0]!),
      i32('dilationX', dilations[1]!),
      u32('channels', image!.shape[1]!),
      u32('perGroup', perGroup),
    ],
    prepare: `
let n = column / p.plane;
let top = i32(column % p.plane / p.outWidth) * p.strideY - p.top;
let left = i32(column % p.outWidth) * p.strideX - p.left;`,
    loadColumn: `
let channel = g * p.perGroup + k / ${taps}u;
let plane = i32(n * p.channels + channel);
let yy = top + i32(k % ${taps}u / ${kernel[1]}u) * p.dilationY;
let xx = left + i32(k % ${kernel[1]}u) * p.dilationX;
let loaded = ${isPadded ? `select(${outside}, ${clamped}, ${isInside})` : inside};`,
  };
}
