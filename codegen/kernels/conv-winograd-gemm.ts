/**
 * 3x3 convolutions on hardware by Winograd's F(4x4, 3x3), in three dispatches. The products are matrix products
 * by workgroups, one for each of the 36 frequencies: that many times as many workgroups as the image has tiles for.
 */
import { elementCount } from '../../ir/index.ts';
import type { Emission, Job, Kernel, Operand, Step } from '../kernel.ts';
import { packings } from '../packing.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32, weightType } from '../shader.ts';
import { FREQUENCIES, transform4x4 } from '../winograd.ts';
import { roofline } from './cost.ts';
import { temporary, tilesOf } from './winograd-tiles.ts';
import { estimateTiles, strideOf, tileOutputs, tilePatches } from './winograd-scalar.ts';
import {
  bound,
  gemmBody,
  gemmLabel,
  gemmShared,
  gemmTiles,
  gemmWords,
  gemmWork,
  invocationsOf,
  type WorkgroupTile,
} from './workgroup-matmul.ts';

const NAME = 'conv-winograd-gemm';

/** With fewer, moving the transformed image takes longer than the products it saves; not measured. */
const LEAST_CHANNELS = 64;

export const convWinogradGemm: Kernel<'conv2d'> = {
  name: NAME,
  doc: 'Constant 3x3 weights, stride 1, one group, many channels. As exact as `conv-winograd`.',
  madeFor: 'hardware',
  transform: transform4x4,
  refuses(job, device) {
    const reason = refuseLayer(job);
    if (reason !== null) return reason;
    if (weightType(job, device) === 'f16') return 'transformed weights are too large for float16';
    const { limits } = device;
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    const [patches, products] = sizesOf(job);
    const weights = packings.winograd.size(job.inputs[1]!.shape);
    return 4 * Math.max(patches, products, weights) > most
      ? 'the transformed image or weights are too large for the device'
      : null;
  },
  candidates: (job, device) =>
    gemmTiles.map((tile) => ({
      label: gemmLabel(tile),
      cost: estimate(job, tile),
      emit: () => emit(job, tile, device),
    })),
};

function refuseLayer({ node, inputs }: Job<'conv2d'>): string | null {
  const { shape, packable } = inputs[1]!;
  const { strides, dilations, group } = node.attrs;
  if (!packable) return 'the weights are not constant, or reshaped';
  if (shape[2] !== 3 || shape[3] !== 3) return 'the window is not 3x3';
  if ([...strides, ...dilations].some((n) => n !== 1)) return 'it is strided or dilated';
  if (group !== 1) return 'there is more than one group';
  return Math.min(shape[0]!, shape[1]!) < LEAST_CHANNELS
    ? `it has fewer than ${LEAST_CHANNELS} channels`
    : null;
}

/** Elements of the transformed image and of the products. */
function sizesOf(job: Job<'conv2d'>): [number, number] {
  const [outputs, channels] = job.inputs[1]!.shape as [number, number];
  return [channels, outputs].map((n) => FREQUENCIES * n * strideOf(job)) as [number, number];
}

/** Of a frequency. */
function productSizes(job: Job<'conv2d'>) {
  const [rows, depth] = job.inputs[1]!.shape as [number, number];
  return { rows, columns: tilesOf(job).count, depth };
}

function estimate(job: Job<'conv2d'>, tile: WorkgroupTile): number {
  const { inputs, output, residual } = job;
  const [outputs, channels] = inputs[1]!.shape as [number, number];
  const [patches, products] = sizesOf(job);
  const work = gemmWork(tile, productSizes(job), FREQUENCIES, 1);
  const weights = FREQUENCIES * outputs * channels;
  const size = elementCount(output.shape);
  return (
    estimateTiles(job, channels, elementCount(inputs[0]!.shape)) +
    roofline({ ...work, bytes: 4 * (patches + products + weights) }) +
    estimateTiles(job, outputs, residual ? 2 * size : size)
  );
}

function emit(job: Job<'conv2d'>, tile: WorkgroupTile, device: DeviceProfile): Emission {
  const [patchSize, productSize] = sizesOf(job);
  const name = job.output.id;
  const patches = temporary(job.fresh(`${name} (patches)`), patchSize);
  const products = temporary(job.fresh(`${name} (products)`), productSize);
  return {
    steps: [
      tilePatches(NAME, job, patches.id, device),
      productStep(job, tile, patches, products, device),
      tileOutputs(NAME, job, products, device),
    ],
    temporaries: [patches, products].map(({ id, shape }) => ({ id, bytes: 4 * shape[0]! })),
  };
}

/** A product of matrices for each of the 36 elements of a transformed tile. */
function productStep(
  job: Job<'conv2d'>,
  tile: WorkgroupTile,
  patches: Operand,
  products: Operand,
  device: DeviceProfile,
): Step {
  const { rows, columns, depth } = productSizes(job);
  const b = binder(device);
  const w = b.read('weights', job.inputs[1]!, 'vec4f', 'winograd');
  const x = b.read('patches', patches);
  const y = b.write('y', products.id);
  const [tilesM, tilesN] = [Math.ceil(rows / tile.m), Math.ceil(columns / tile.n)];
  const code = {
    innermost: 'row',
    loadRows: `${w}[(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)]`,
    prepare: '',
    loadColumn: `let loaded = ${x}[(f * p.depth + k) * p.stride + column];`,
    store: `
if (outColumn < p.columns) {
  for (var e = 0u; e < ${bound(4, device)}; e++) {
    if (outRow + e < p.rows) {
      ${y}[(f * p.rows + outRow + e) * p.stride + outColumn] = value[e];
    }
  }
}`,
  } as const;
  return b.step({
    kernel: NAME,
    label: gemmLabel(tile),
    together: true,
    workgroupSize: invocationsOf(tile),
    words: [
      ...gemmWords(rows, columns, depth),
      u32('rowQuads', Math.ceil(rows / 4)),
      u32('stride', strideOf(job)),
      u32('tilesM', tilesM),
      u32('tilesN', tilesN),
    ],
    invocations: FREQUENCIES * tilesM * tilesN,
    functions: gemmShared(tile),
    body: `
let firstColumn = index % p.tilesN * ${tile.n}u;
let firstRow = index / p.tilesN % p.tilesM * ${tile.m}u;
let f = index / p.tilesN / p.tilesM;
let begin = 0u;
let end = p.depth;
${gemmBody(tile, code, device).trim()}`,
  });
}
