/**
 * Convolutions on hardware as products of matrices: outputs by all pixels of all images, over input channels
 * and taps. The patches of the image are gathered on the way to shared memory, never stored ("implicit GEMM").
 * For small images the sum is split over workgroups, and a second dispatch adds up the parts.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, u32 } from '../shader.ts';
import { roofline } from './cost.ts';
import { addParts, estimateSums } from './split-sums.ts';
import { imageWords, windowOf, windowWords } from './window.ts';
import {
  bound,
  gemmBody,
  gemmLabel,
  gemmShared,
  gemmWords,
  gemmWork,
  invocationsOf,
  splitDepth,
  splitsOf,
  type Split,
  type WorkgroupTile,
} from './workgroup-matmul.ts';

/** 16 to 64 accumulators in an invocation, 64 or 128 invocations. */
const TILES: readonly WorkgroupTile[] = [
  { m: 16, n: 64, rows: 4, columns: 4 },
  { m: 32, n: 32, rows: 4, columns: 4 },
  { m: 64, n: 32, rows: 8, columns: 4 },
  { m: 64, n: 64, rows: 8, columns: 4 },
  { m: 128, n: 64, rows: 8, columns: 8 },
];

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
  candidates(job, device) {
    return TILES.flatMap((tile) =>
      splitsOf(sizesOf(job).depth).map((splits) => ({
        label: gemmLabel(tile, splits),
        cost: estimate(job, tile, splits),
        emit: () => emit(job, tile, splits, device),
      })),
    );
  },
};

/** Of a group: its outputs are the rows, pixels of all images the columns. */
function sizesOf({ node, inputs, output }: Job<'conv2d'>) {
  const { group } = node.attrs;
  const [n, outputs, ...plane] = output.shape as [number, number, number, number];
  return {
    groups: group,
    rows: outputs / group,
    columns: n * elementCount(plane),
    depth: elementCount(inputs[1]!.shape.slice(1)),
  };
}

function estimate(job: Job<'conv2d'>, tile: WorkgroupTile, splits: number): number {
  const { groups, ...sizes } = sizesOf(job);
  const { parts } = splitDepth(sizes.depth, splits);
  const size = elementCount(job.output.shape);
  const touched = elementCount(job.inputs[0]!.shape) + elementCount(job.inputs[1]!.shape);
  const stored = parts > 1 ? parts * size : size * (job.residual ? 2 : 1);
  const work = gemmWork(tile, sizes, groups, parts);
  const cost = roofline({ ...work, bytes: 4 * (touched + stored) });
  return parts > 1 ? cost + estimateSums(job, parts) : cost;
}

function emit(
  job: Job<'conv2d'>,
  tile: WorkgroupTile,
  splits: number,
  device: DeviceProfile,
): Emission {
  const { chunk, parts } = splitDepth(sizesOf(job).depth, splits);
  const label = gemmLabel(tile, splits);
  if (parts === 1) {
    return {
      steps: [productStep(job, tile, { chunk, parts }, label, null, device)],
      temporaries: [],
    };
  }
  const shape = [parts, ...job.output.shape];
  const id = job.fresh(`${job.output.id} (parts)`);
  const target: Operand = { kind: 'activation', id, shape, packable: false };
  return {
    steps: [
      productStep(job, tile, { chunk, parts }, label, target, device),
      addParts('conv-gemm', job, target, parts, device),
    ],
    temporaries: [{ id, bytes: 4 * elementCount(shape) }],
  };
}

/** The product: all of it, or its parts to `target`. */
function productStep(
  job: Job<'conv2d'>,
  tile: WorkgroupTile,
  { chunk, parts }: Split,
  label: string,
  target: Operand | null,
  device: DeviceProfile,
): Step {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const { groups, rows, columns, depth } = sizesOf(job);
  const { kernel, strides } = windowOf(job);
  const { pads, dilations } = node.attrs;
  const b = binder(device);
  const x = b.read('x', image!);
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const outside = padValue ? `${b.read('padValue', padValue)}[channel]` : '0.0';
  const shift = bias && !target ? ` + ${b.read('bias', bias)}[o]` : '';
  const add = residual && !target ? ` + ${b.read('residual', residual)}[to]` : '';
  const y = b.write('y', target?.id ?? output.id);
  const { functions, words, apply } = target ? plainEpilogue : epilogue(act);
  const tilesM = Math.ceil(rows / tile.m);
  const tilesN = Math.ceil(columns / tile.n);
  const taps = elementCount(kernel);
  // Without padding nothing is read outside: the last window ends within the image.
  const inside = `${x}[(plane * p.height + yy) * p.width + xx]`;
  const clamped = `${x}[(plane * p.height + clamp(yy, 0, p.height - 1)) * p.width + clamp(xx, 0, p.width - 1)]`;
  const isInside = 'yy >= 0 && yy < p.height && xx >= 0 && xx < p.width';
  const body = gemmBody(
    tile,
    {
      innermost: 'k',
      loadRows: `${w}[min(quad + (group0 + firstRow) / 4u, p.lastQuad) * p.depth + k]`,
      prepare: `
let n = column / p.plane;
let top = i32(column % p.plane / p.outWidth) * p.strideY - p.top;
let left = i32(column % p.outWidth) * p.strideX - p.left;`,
      loadColumn: `
let channel = channel0 + k / ${taps}u;
let plane = i32(n * p.channels + channel);
let yy = top + i32(k % ${taps}u / ${kernel[1]}u) * p.dilationY;
let xx = left + i32(k % ${kernel[1]}u) * p.dilationX;
let loaded = ${pads.some((pad) => pad > 0) ? `select(${outside}, ${clamped}, ${isInside})` : inside};`,
      store: `
if (outColumn < p.columns) {
  for (var e = 0u; e < ${bound(4, device)}; e++) {
    if (outRow + e < p.rows) {
      let o = group0 + outRow + e;
      let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
      ${y}[${target ? 'part * p.size + ' : ''}to] = ${apply(`value[e]${shift}${add}`)};
    }
  }
}`,
    },
    device,
  );
  return b.step({
    kernel: 'conv-gemm',
    label,
    together: true,
    workgroupSize: invocationsOf(tile),
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(kernel, strides, pads),
      i32('dilationY', dilations[0]!),
      i32('dilationX', dilations[1]!),
      ...gemmWords(rows, columns, depth),
      u32('channels', image!.shape[1]!),
      u32('outputs', rows * groups),
      u32('plane', output.shape[2]! * output.shape[3]!),
      u32('groups', groups),
      u32('lastQuad', Math.ceil((rows * groups) / 4) - 1),
      u32('tilesM', tilesM),
      u32('tilesN', tilesN),
      u32('chunk', chunk),
      u32('size', elementCount(output.shape)),
      ...words,
    ],
    invocations: tilesN * tilesM * groups * parts,
    functions: gemmShared(tile) + functions,
    body: `
let firstColumn = index % p.tilesN * ${tile.n}u;
let firstRow = index / p.tilesN % p.tilesM * ${tile.m}u;
let g = index / p.tilesN / p.tilesM % p.groups;
let part = index / p.tilesN / p.tilesM / p.groups;
let group0 = g * p.rows;
let channel0 = g * (p.channels / p.groups);
let begin = part * p.chunk;
let end = min(begin + p.chunk, p.depth);
${body.trim()}`,
  });
}

const plainEpilogue = epilogue({ act: 'none', actParams: [] });
