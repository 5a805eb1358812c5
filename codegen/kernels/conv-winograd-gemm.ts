/**
 * 3x3 convolutions on hardware by Winograd's F(4x4, 3x3) and F(2x2, 3x3), in three dispatches. The products are matrix
 * products by workgroups, one for each of the 36 or 16 frequencies: that many times as many workgroups as the image
 * has tiles for. The larger tiles take 9/4 products for an output, the smaller ones 4, but have 16/36 of the weights,
 * and fewer pixels beyond the borders of small images.
 */
import { bytesOf, elementBytes } from '../kernel.ts';
import type { Between, Emission, Job, Kernel, Operand, Step } from '../kernel.ts';
import { packings } from '../packing.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32, weightType } from '../shader.ts';
import { transform2x2, transform4x4, type Transform } from '../winograd.ts';
import { roofline } from './cost.ts';
import { isShuffled, shuffledBody, shuffledTiles } from './shuffled-matmul.ts';
import { refuseWinograd, temporary } from './winograd-tiles.ts';
import {
  estimateTiles,
  tileGrid,
  tileOutputs,
  tilePatches,
  type Algorithm,
} from './winograd-scalar.ts';
import { leftPatches, takenPatches, tileJoint } from './winograd-scalar-joint.ts';
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

/** With fewer, moving the transformed image takes longer than the products it saves; not measured. */
const LEAST_CHANNELS = 64;

const JOBS = 'Constant 3x3 weights, stride 1, one group, many channels.';

const winogradGemm = (kernel: string, transform: Transform, doc: string): Kernel<'conv2d'> => ({
  name: kernel,
  doc,
  madeFor: 'hardware',
  transform,
  refuses(job, device) {
    const reason = refuseWinograd(job, LEAST_CHANNELS);
    if (reason !== null) return reason;
    if (weightType(job) === 'f16' && transform !== transform2x2) {
      return 'its transformed weights lose too much in float16';
    }
    const { limits } = device;
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    const [patches, products] = sizesOf(job, transform);
    const weights = packings[transform.packing].size(job.inputs[1]!.shape);
    return 4 * Math.max(patches, products, weights) > most
      ? 'the transformed image or weights are too large for the device'
      : null;
  },
  candidates: (job, device) => {
    const algorithm = { kernel, transform };
    const [patches, outputs] = estimateAround(job, transform);
    const takes = takenPatches(algorithm, job, patches);
    const leaves = leftPatches(algorithm, job, outputs, device);
    return [...gemmTiles, ...shuffledTiles(device)].map((tile) => ({
      label: gemmLabel(tile),
      cost: patches + estimateProducts(job, transform, tile) + outputs,
      takes,
      leaves,
      emit: (between) => emit(algorithm, job, tile, device, between),
    }));
  },
});

export const convWinogradGemm = winogradGemm(
  'conv-winograd-gemm',
  transform4x4,
  `${JOBS} As exact as \`conv-winograd\`.`,
);

export const convWinograd2Gemm = winogradGemm(
  'conv-winograd2-gemm',
  transform2x2,
  `${JOBS} Its error is about that of other kernels: up to 1e-6 of the greatest output.`,
);

/** Elements of the transformed image and of the products. */
function sizesOf(job: Job<'conv2d'>, transform: Transform): [number, number] {
  const [outputs, channels] = job.inputs[1]!.shape as [number, number];
  const each = transform.frequencies * tileGrid(job, transform).stride;
  return [each * channels, each * outputs];
}

/** Of a frequency. */
function productSizes(job: Job<'conv2d'>, transform: Transform) {
  const [rows, depth] = job.inputs[1]!.shape as [number, number];
  return { rows, columns: tileGrid(job, transform).count, depth };
}

/** Nanoseconds of the dispatches before and after the products. */
function estimateAround(job: Job<'conv2d'>, transform: Transform): [number, number] {
  const { inputs, output, residual } = job;
  const [outputs, channels] = inputs[1]!.shape as [number, number];
  return [
    estimateTiles(job, transform, channels, bytesOf(inputs[0]!)),
    estimateTiles(job, transform, outputs, bytesOf(output) * (residual ? 2 : 1)),
  ];
}

function estimateProducts(job: Job<'conv2d'>, transform: Transform, tile: WorkgroupTile): number {
  const [outputs, channels] = job.inputs[1]!.shape as [number, number];
  const [patches, products] = sizesOf(job, transform);
  const { frequencies } = transform;
  const ofRow = elementBytes(weightType(job));
  const work = gemmWork(tile, productSizes(job, transform), frequencies, 1, { ofRow });
  const weights = frequencies * outputs * channels;
  return roofline({ ...work, bytes: 4 * (patches + products) + ofRow * weights });
}

function emit(
  algorithm: Algorithm,
  job: Job<'conv2d'>,
  tile: WorkgroupTile,
  device: DeviceProfile,
  { taken, left }: Between = {},
): Emission {
  const [patchSize, productSize] = sizesOf(job, algorithm.transform);
  const name = job.output.id;
  const patches = temporary(taken ?? job.fresh(`${name} (patches)`), patchSize);
  const products = temporary(job.fresh(`${name} (products)`), productSize);
  const steps = [productStep(algorithm, job, tile, patches, products, device)];
  const temporaries = [products];
  if (taken === undefined) {
    steps.unshift(tilePatches(algorithm, job, patches, device));
    temporaries.unshift(patches);
  }
  if (left === undefined) steps.push(tileOutputs(algorithm, job, products, device));
  else {
    // The patches of the next convolution: as many tiles of as many channels.
    const next = temporary(left, productSize);
    steps.push(tileJoint(algorithm, job, products, next, device));
    temporaries.push(next);
  }
  return {
    steps,
    temporaries: temporaries.map(({ id, shape }) => ({ id, bytes: 4 * shape[0]! })),
  };
}

/** A product of matrices for each element of a transformed tile. */
function productStep(
  { kernel, transform }: Algorithm,
  job: Job<'conv2d'>,
  tile: WorkgroupTile,
  patches: Operand,
  products: Operand,
  device: DeviceProfile,
): Step {
  const { rows, columns, depth } = productSizes(job, transform);
  const b = binder(device);
  const w = b.weights(job, 'vec4f', transform.packing);
  const shuffled = isShuffled(tile) ? tile : null;
  const x = b.read('patches', patches, shuffled ? 'vec4f' : 'f32');
  const y = b.write('y', products, shuffled ? 'vec4f' : 'f32');
  const [tilesM, tilesN] = [Math.ceil(rows / tile.m), Math.ceil(columns / tile.n)];
  const loadRows = w('(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)');
  const storeRow = `
if ((outRow < p.rows) & (outColumn < p.columns)) {
  ${y('(f * p.rows + outRow) * (p.stride / 4u) + outColumn / 4u', 'value')};
}`;
  const storeColumn = `
if (outColumn < p.columns) {
  for (var e = 0u; e < ${bound(4, device)}; e++) {
    if (outRow + e < p.rows) {
      ${y('(f * p.rows + outRow + e) * p.stride + outColumn', 'value[e]')};
    }
  }
}`;
  const columnQuads = {
    start: 'f * p.depth * (p.stride / 4u) + column / 4u',
    stride: '(p.stride / 4u)',
    load: x,
  };
  const loadColumn = `let loaded = ${x('(f * p.depth + k) * p.stride + column')};`;
  const body = shuffled
    ? shuffledBody(shuffled, depth, { loadRows, columns: columnQuads, storeRow }, device)
    : gemmBody(
        tile,
        { innermost: 'row', loadRows, prepare: '', loadColumn, store: storeColumn },
        device,
      );
  return b.step({
    kernel,
    label: gemmLabel(tile),
    together: true,
    workgroupSize: invocationsOf(tile),
    ...(shuffled && { groupsOf: shuffled.lanes }),
    words: [
      ...gemmWords(rows, columns, depth),
      u32('rowQuads', Math.ceil(rows / 4)),
      u32('stride', tileGrid(job, transform).stride),
      u32('tilesM', tilesM),
      u32('tilesN', tilesN),
    ],
    invocations: transform.frequencies * tilesM * tilesN,
    functions: shuffled ? '' : gemmShared(tile),
    body: `
let firstColumn = index % p.tilesN * ${tile.n}u;
let firstRow = index / p.tilesN % p.tilesM * ${tile.m}u;
let f = index / p.tilesN / p.tilesM;
let begin = 0u;
let end = p.depth;
${body.trim()}`,
  });
}
