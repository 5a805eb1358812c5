/** 3x3 convolutions by Winograd's F(4x4, 3x3), in three dispatches: patches, products, outputs. */
import type { Between, Emission, Job, Kernel, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import { FREQUENCIES, transform4x4 } from '../winograd.ts';
import { packings } from '../packing.ts';
import { NS, spreadCost } from './cost.ts';
import {
  matmulBody,
  matmulCost,
  matmulLabel,
  matmulResults,
  refuseSubgroups,
  tileSize,
  type MatmulOperand,
  type MatmulTile,
} from './subgroup-matmul.ts';
import { jointStep, joinsNext, joinsPrevious } from './winograd-joint.ts';
import { outputStep } from './winograd-outputs.ts';
import { patchStep } from './winograd-patches.ts';
import { KERNEL, refuseWinograd, temporary, tilesOf } from './winograd-tiles.ts';

/** Many tiles are spread over the lanes; where there are few, the channels are. */
const TILES: readonly MatmulTile[] = [
  { spread: 'columns', vectors: 2, shared: 32 },
  { spread: 'columns', vectors: 1, shared: 48 },
  { spread: 'rows', vectors: 2, shared: 16 },
  { spread: 'rows', vectors: 2, shared: 4 },
];

/** Fewer channels than these do not pay for the transforms: measured on lavapipe, 24 lose, 32 are even. */
const LEAST_CHANNELS = 40;

export const convWinograd: Kernel<'conv2d'> = {
  name: KERNEL,
  doc:
    'Constant 3x3 weights, stride 1, one group, many channels. Its error is some ten times that of other ' +
    'kernels: up to 3e-6 of the greatest output.',
  claims: true,
  madeFor: 'software',
  transform: transform4x4,
  refuses(job, device) {
    const reason = refuseSubgroups(device) ?? refuseWinograd(job, LEAST_CHANNELS);
    if (reason !== null) return reason;
    const { limits } = device;
    const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    const { patches, products } = sizesOf(job);
    const weights = packings.winograd.size(job.inputs[1]!.shape);
    return 4 * Math.max(patches, products, weights) > most
      ? 'the transformed image or weights are too large for the device'
      : null;
  },
  candidates: (job, device) => {
    const lanes = device.subgroupSize!;
    const around = estimateAround(job, lanes);
    const offer = (layout: string | null, saves: number) =>
      layout === null ? null : { layout, saves };
    const takes = offer(joinsPrevious(job, lanes), around.patches);
    const leaves = offer(joinsNext(job, lanes), around.outputs - around.joint);
    return TILES.map((tile) => ({
      label: matmulLabel(tile),
      cost: around.patches + estimateProducts(job, tile, lanes) + around.outputs,
      takes,
      leaves,
      emit: (between) => emit(job, tile, lanes, device, between),
    }));
  },
};

/** Elements of the transformed image and of the products. */
function sizesOf(job: Job<'conv2d'>) {
  const [outputs, channels] = job.inputs[1]!.shape as [number, number];
  const columns = 4 * tilesOf(job).quads;
  return {
    patches: FREQUENCIES * channels * columns,
    products: FREQUENCIES * outputs * columns,
  };
}

/** Tiles of the product along rows and columns. */
function countTiles(job: Job<'conv2d'>, tile: MatmulTile, lanes: number): [number, number] {
  const { m, n } = tileSize(tile, lanes);
  return [Math.ceil(job.inputs[1]!.shape[0]! / m), Math.ceil(tilesOf(job).count / n)];
}

function estimateProducts(job: Job<'conv2d'>, tile: MatmulTile, lanes: number): number {
  const [, channels] = job.inputs[1]!.shape as [number, number];
  const [rows, columns] = countTiles(job, tile, lanes);
  const stores = tile.shared * tile.vectors * NS.vectorLoad;
  const perTile = matmulCost(tile, lanes, channels) + stores;
  return spreadCost(FREQUENCIES * rows * columns, perTile);
}

/** Nanoseconds of the dispatches before and after the products, and of the one that may stand for both. */
function estimateAround(job: Job<'conv2d'>, lanes: number) {
  const [outputs, channels] = job.inputs[1]!.shape as [number, number];
  const { quads, y } = tilesOf(job);
  const each = {
    patches: FREQUENCIES * (4 * NS.load + NS.vectorLoad),
    outputs: FREQUENCIES * NS.vectorLoad + 4 * 16 * NS.load,
    joint: 2 * FREQUENCIES * NS.vectorLoad,
  };
  const planes = Math.max(1, Math.floor(lanes / y));
  return {
    patches: ((channels * quads) / 8 / 2) * each.patches,
    outputs: ((outputs * quads) / 8 / 2) * each.outputs,
    joint: spreadCost(Math.ceil((job.output.shape[0]! * outputs) / planes), each.joint),
  };
}

function emit(
  job: Job<'conv2d'>,
  tile: MatmulTile,
  lanes: number,
  device: DeviceProfile,
  { taken, left }: Between = {},
): Emission {
  const sizes = sizesOf(job);
  const name = job.output.id;
  const own = (hint: string, elements: number, id = job.fresh(`${name} (${hint})`)) =>
    temporary(id, elements);
  const patches = own('patches', sizes.patches, taken);
  const products = own('products', sizes.products);
  const next = left === undefined ? null : own('left', sizes.products, left);
  const steps = [
    ...(taken === undefined ? [patchStep(job, patches, device)] : []),
    productStep(job, tile, lanes, patches, products, device),
    next ? jointStep(job, lanes, products, next, device) : outputStep(job, products, device),
  ];
  const temporaries = [
    ...(taken === undefined ? [patches] : []),
    products,
    ...(next ? [next] : []),
  ];
  return {
    steps,
    temporaries: temporaries.map(({ id, shape }) => ({ id, bytes: 4 * shape[0]! })),
  };
}

/** A product of matrices for each of the 36 elements of a transformed tile. */
function productStep(
  job: Job<'conv2d'>,
  tile: MatmulTile,
  lanes: number,
  patches: Operand,
  products: Operand,
  device: DeviceProfile,
): Step {
  const weights = job.inputs[1]!;
  const [outputs, channels] = weights.shape as [number, number];
  const tiles = tilesOf(job);
  const { m, n } = tileSize(tile, lanes);
  const [rows, columns] = countTiles(job, tile, lanes);
  const b = binder(device);
  const w = b.read('weights', weights, 'vec4f', 'winograd');
  const v = b.read('patches', patches, 'vec4f');
  const y = b.write('y', products, 'vec4f');
  const ofWeights: MatmulOperand = {
    start: 'f * p.depth * p.rowQuads + min(row / 4u + quad, p.rowQuads - 1u)',
    stride: 'p.rowQuads',
    load: w('at'),
  };
  const ofPatches: MatmulOperand = {
    start: 'f * p.depth * p.columnQuads + min(column / 4u + quad, p.columnQuads - 1u)',
    stride: 'p.columnQuads',
    load: v('at'),
  };
  const isColumns = tile.spread === 'columns';
  const body = matmulBody(tile, lanes, channels, {
    spread: isColumns ? ofPatches : ofWeights,
    shared: isColumns ? ofWeights : ofPatches,
    store: `
if (row + r < p.rows && column / 4u + quad < p.columnQuads) {
  ${y('(f * p.rows + row + r) * p.columnQuads + column / 4u + quad', 'value')};
}`,
  });
  return b.step({
    kernel: KERNEL,
    label: matmulLabel(tile),
    lanes,
    words: [
      u32('depth', channels),
      u32('rows', outputs),
      u32('rowQuads', Math.ceil(outputs / 4)),
      u32('columnQuads', tiles.quads),
      u32('tilesM', rows),
      u32('tilesN', columns),
      matmulResults(tile),
    ],
    invocations: FREQUENCIES * rows * columns,
    body: `
let column = index % p.tilesN * ${n}u;
let row = index / p.tilesN % p.tilesM * ${m}u;
let f = index / p.tilesN / p.tilesM;
${body.trim()}`,
  });
}
