/**
 * A depthwise convolution and the 1x1 convolution of its output on hardware, in one kernel: the product of the
 * 1x1 weights and the depthwise outputs, which each workgroup computes on their way to its shared memory. What is
 * saved is a launch, and to store and load an image; what it costs is that each tile of output channels computes
 * the depthwise outputs again.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { i32, indent, u32, type Binder } from '../shader.ts';
import { gemmCandidates, type BoundMatrix, type GemmProblem } from './gemm-steps.ts';
import { partsOf, vectorOf } from './row-pieces.ts';
import { range } from './tile.ts';
import { weightPacking } from './weight-packing.ts';
import { imageWords, windowOf, type ConvWindow } from './window.ts';
import { bound, type WorkgroupTile } from './workgroup-matmul.ts';

/** Of as many rows as possible; no more invocations than there are strips of columns in a step. */
const TILES: readonly WorkgroupTile[] = [
  { m: 32, n: 32, rows: 4, columns: 4 },
  { m: 64, n: 16, rows: 4, columns: 4 },
  { m: 64, n: 32, rows: 8, columns: 4 },
  { m: 128, n: 16, rows: 8, columns: 4 },
  { m: 128, n: 32, rows: 8, columns: 4 },
  { m: 128, n: 64, rows: 8, columns: 8 },
];

/** Columns that an invocation computes at once: neighbours share what they load. */
const SPAN = 4;

/** Above these many, the unrolled body is too long. */
const MOST_TAPS = 64;

export const convSeparable: Kernel<'conv2d'> = {
  name: 'conv-separable',
  doc: 'A depthwise convolution of a small window and constant weights, then constant 1x1 weights.',
  madeFor: 'hardware',
  refuses({ first, inputs, residual }, { limits }) {
    if (!first) return 'there is no depthwise convolution before it';
    const read = [...first.inputs, ...inputs.slice(1, 3), residual].filter((one) => one !== null);
    if (read.length + 1 > limits.maxStorageBuffersPerShaderStage) {
      return `it needs ${read.length + 1} storage buffers`;
    }
    if (!inputs[1]!.packable) return 'the 1x1 weights are not constant, or reshaped';
    return elementCount(windowOf(first).kernel) > MOST_TAPS
      ? 'the window is too large to be unrolled'
      : null;
  },
  candidates: (job, device) => gemmCandidates(job, problemOf(job, job.first!, device), device),
};

/** Columns of outputs, filled up to whole strips. */
const wideOf = ({ output }: Job) => Math.ceil(output.shape[3]! / SPAN) * SPAN;

/** Columns of the image that a strip sees, from its left end. */
const columnsOf = ({ kernel, strides, dilations }: ConvWindow): number[] => [
  ...new Set(
    range(SPAN).flatMap((i) => range(kernel[1]).map((j) => i * strides[1] + j * dilations[1])),
  ),
];

function problemOf(job: Job<'conv2d'>, first: Job<'conv2d'>, device: DeviceProfile): GemmProblem {
  const window = windowOf(first);
  const taps = elementCount(window.kernel);
  const [batch, outputs, height, width] = job.output.shape as [number, number, number, number];
  const loads = window.kernel[0] * columnsOf(window).length + taps;
  return {
    kernel: 'conv-separable',
    groups: 1,
    rows: outputs,
    columns: batch * height * wideOf(job),
    depth: job.inputs[1]!.shape[1]!,
    plane: height * width,
    tiles: TILES,
    gather: { loads: loads / SPAN, products: taps },
    bind: (b) => bindDepthwise(job, first, b, device),
  };
}

/** Column by column the depthwise outputs of a place, in strips of four neighbours: element k is channel k. */
function bindDepthwise(
  job: Job<'conv2d'>,
  first: Job<'conv2d'>,
  b: Binder,
  device: DeviceProfile,
): BoundMatrix {
  const { node, inputs } = first;
  const [image, weights, bias, padValue] = inputs;
  const { pads, group } = node.attrs;
  const window = windowOf(first);
  const { kernel, strides, dilations } = window;
  const x = b.read('x', image!);
  const weightAt = b.weights(first, 'f32', weightPacking(weights!, group).packing, 'taps');
  const shift = bias ? `vec4f(${b.read('shift', bias)('k')})` : 'vec4f()';
  const outside = padValue ? b.read('padValue', padValue)('k') : '0.0';
  const { functions, words, apply } = epilogue(first.act, 'First');
  const isPadded = pads.some((pad) => pad > 0);
  // Beyond the last column of outputs there may be no image; what is loaded there is not used.
  const load = (j: number) => {
    const value = x(`start + clamp(left + ${j}, 0, p.width - 1)`);
    const isInside = `inside & (left + ${j} >= 0) & (left + ${j} < p.width)`;
    return `let v${j} = ${isPadded ? `select(outside, ${value}, ${isInside})` : value};`;
  };
  const tap = (j: number) => {
    const seen = range(SPAN).map((at) => `v${at * strides[1] + j * dilations[1]}`);
    return `loaded += ${weightAt(`at + ${j}u`)} * ${vectorOf(seen)};`;
  };
  const row = [...columnsOf(window).map(load), ...range(kernel[1]).map(tap)].join('\n');
  const activated = vectorOf(partsOf('loaded', SPAN).map(apply));
  return {
    words: [
      ...imageWords(image!.shape, job.output.shape),
      i32('top', pads[0]!),
      i32('left', pads[1]!),
      u32('wide', wideOf(job)),
      ...words,
    ],
    functions,
    span: SPAN,
    prepare: `
let line = column / p.wide;
let n = line / p.outHeight;
let top = i32(line % p.outHeight) * ${strides[0]} - p.top;
let left = i32(column % p.wide) * ${strides[1]} - p.left;`,
    loadColumn: `
let plane = i32(n * p.depth + k) * p.height;
let outside = ${outside};
var loaded = ${shift};
for (var row = 0u; row < ${bound(kernel[0], device)}; row++) {
  let at = (k * ${kernel[0]}u + row) * ${kernel[1]}u;
  let yy = top + i32(row) * ${dilations[0]};
  let inside = (yy >= 0) & (yy < p.height);
  let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
${indent(row)}
}
${first.act.act === 'none' ? '' : `loaded = ${activated};`}`,
    place: {
      exists: '(outColumn < p.columns) & (outColumn % p.wide < p.outWidth)',
      index: `((outColumn / p.wide / p.outHeight * p.outputs + o) * p.outHeight
        + outColumn / p.wide % p.outHeight) * p.outWidth + outColumn % p.wide`,
    },
  };
}
