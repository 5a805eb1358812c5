/** 1x1 convolutions by subgroups: for each image the product of the weights and its channels. */
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
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
import { range } from './tile.ts';

/**
 * Each is one more pipeline to compile. 28 columns are the rows of images of 7, 14, 28, … pixels; larger tiles
 * load less, but the code of their loop is too large for lavapipe's cache of instructions.
 */
const TILES: readonly MatmulTile[] = [
  { spread: 'columns', vectors: 1, shared: 16 },
  { spread: 'columns', vectors: 1, shared: 48 },
  { spread: 'rows', vectors: 2, shared: 16 },
  { spread: 'rows', vectors: 2, shared: 28 },
];

export const convMatmul: Kernel<'conv2d'> = {
  name: 'conv-matmul',
  doc: 'Constant 1x1 weights in a single group, no padding, no strides.',
  madeFor: 'software',
  refuses({ node, inputs }, device) {
    const { shape, packable } = inputs[1]!;
    const { group, pads, strides } = node.attrs;
    if (!packable) return 'the weights are not constant, or reshaped';
    if (shape[2] !== 1 || shape[3] !== 1) return 'the window is not 1x1';
    if (group !== 1) return 'there is more than one group';
    if (strides.some((stride) => stride !== 1)) return 'it is strided';
    if (pads.some((pad) => pad !== 0)) return 'there is padding';
    return refuseSubgroups(device);
  },
  candidates(job, device) {
    const lanes = device.subgroupSize!;
    return TILES.map((tile) => ({
      label: matmulLabel(tile),
      cost: estimate(job, tile, lanes),
      emit: () => emit(job, tile, lanes, device),
    }));
  },
};

const planeOf = ({ output }: Job<'conv2d'>) => output.shape[2]! * output.shape[3]!;

/** Whether channels begin at whole vectors. */
const isAligned = (job: Job<'conv2d'>) => planeOf(job) % 4 === 0;

const countTiles = (job: Job<'conv2d'>, tile: MatmulTile, lanes: number): [number, number] => {
  const { m, n } = tileSize(tile, lanes);
  return [Math.ceil(job.output.shape[1]! / m), Math.ceil(planeOf(job) / n)];
};

function estimate(job: Job<'conv2d'>, tile: MatmulTile, lanes: number): number {
  const [rows, columns] = countTiles(job, tile, lanes);
  const pixelLoad = isAligned(job) ? NS.vectorLoad : 4 * NS.load;
  const loads =
    tile.spread === 'columns'
      ? { spread: pixelLoad, shared: NS.vectorLoad }
      : { spread: NS.vectorLoad, shared: pixelLoad };
  const perStore = (isAligned(job) ? NS.vectorLoad : 4 * NS.load) * (job.residual ? 2 : 1);
  const stores = (tile.shared * tile.vectors * perStore * lanes) / 8;
  const perTile = matmulCost(tile, lanes, job.inputs[1]!.shape[1]!, loads) + stores;
  return spreadCost(job.output.shape[0]! * rows * columns, perTile);
}

function emit(
  job: Job<'conv2d'>,
  tile: MatmulTile,
  lanes: number,
  device: DeviceProfile,
): Emission {
  const { output, residual, act } = job;
  const [image, weights, bias] = job.inputs;
  const isColumns = tile.spread === 'columns';
  const aligned = isAligned(job);
  const b = binder(device);
  const x = b.read('x', image!, aligned ? 'vec4f' : 'f32');
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const shift = bias ? ` + ${b.read('bias', bias)('o')}` : '';
  const element = aligned ? 'vec4f' : 'f32';
  const add = residual ? ` + ${b.read('residual', residual, element)('to')}` : '';
  const y = b.write('y', output, element);
  const { functions, words, apply } = epilogue(act);
  const [outputs, depth] = weights!.shape as [number, number];
  const { m, n } = tileSize(tile, lanes);
  const [rows, columns] = countTiles(job, tile, lanes);
  const elements = range(4).map((i) => x(`at + min(column + quad * 4u + ${i}u, p.columns - 1u)`));
  const pixels: MatmulOperand = aligned
    ? {
        start: 'n * p.depth * p.columnQuads + min(column / 4u + quad, p.columnQuads - 1u)',
        stride: 'p.columnQuads',
        load: x('at'),
      }
    : {
        start: 'n * p.depth * p.columns',
        stride: 'p.columns',
        load: `vec4f(${elements.join(', ')})`,
      };
  const rowsOfWeights: MatmulOperand = {
    start: 'min(row / 4u + quad, p.rowQuads - 1u) * p.depth',
    stride: '1u',
    load: w('at'),
  };
  const parts = range(4).map((i) => apply(`sum[${i}]`));
  const applied = act.act === 'none' ? 'sum' : `vec4f(${parts.join(', ')})`;
  const storeVector = `
let o = row + r;
if (o < p.rows && column / 4u + quad < p.columnQuads) {
  let to = (n * p.rows + o) * p.columnQuads + column / 4u + quad;
  let sum = value${shift}${add};
  ${y('to', applied)};
}`;
  const storeElements = `
let o = row + r;
for (var c = 0u; c < 4u; c++) {
  let pixel = column + quad * 4u + c;
  if (o < p.rows && pixel < p.columns) {
    let to = (n * p.rows + o) * p.columns + pixel;
    ${y('to', apply(`value[c]${shift}${add}`))};
  }
}`;
  const body = matmulBody(tile, lanes, depth, {
    spread: isColumns ? pixels : rowsOfWeights,
    shared: isColumns ? rowsOfWeights : pixels,
    store: aligned ? storeVector : storeElements,
  });
  const step = b.step({
    kernel: 'conv-matmul',
    label: matmulLabel(tile),
    lanes,
    words: [
      u32('depth', depth),
      u32('rows', outputs),
      u32('columns', planeOf(job)),
      u32('rowQuads', Math.ceil(outputs / 4)),
      u32('columnQuads', Math.ceil(planeOf(job) / 4)),
      u32('tilesM', rows),
      u32('tilesN', columns),
      matmulResults(tile),
      ...words,
    ],
    invocations: output.shape[0]! * rows * columns,
    functions,
    body: `
let column = index % p.tilesN * ${n}u;
let row = index / p.tilesN % p.tilesM * ${m}u;
let n = index / p.tilesN / p.tilesM;
${body.trim()}`,
  });
  return { steps: [step], temporaries: [] };
}
