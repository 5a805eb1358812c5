/**
 * Transposed convolutions by phases: an invocation has all outputs of a few places and some channels in
 * registers, and loads each pixel and each weight once for them. What taps fall on which output is part of
 * the text, so that nothing is divided and no product is in vain. Where there are subgroups, the lanes load
 * the weights together and broadcast them.
 */
import { bytesOf, elementBytes, type Kernel } from '../kernel.ts';
import { weightType } from '../shader.ts';
import { NS, roofline, spreadCost, STEP_NS } from './cost.ts';
import { refuseSubgroups } from './subgroup-matmul.ts';
import { emitTransposed } from './transposed-shader.ts';
import {
  countTiles,
  depthOf,
  depthStep,
  isAligned,
  labelOf,
  pixelLoads,
  sizeOf,
  weightVectors,
  type PlaceTile,
  type TransposedJob,
} from './transposed-window.ts';
import { transposedPacking, weightBytes } from './weight-packing.ts';

/** Larger ones are no faster, and take drivers longer to compile. */
const TILES: readonly PlaceTile[] = [
  [1, 1],
  [1, 2],
  [1, 4],
  [2, 2],
  [2, 4],
].flatMap(([y, x]) => [4, 8, 16].map((m) => ({ m, y: y!, x: x! })));

/** Of a tile; of the smallest, twice as many where a stride is large. */
const MOST_SUMS = 128;
const MOST_PRODUCTS = 1024;

/** So many tiles are offered, the cheapest by estimate. */
const OFFERED = 3;

/** Why the body would be too long, or have too many sums, in any tile. */
const refuseWindow = ({ inputs, node }: TransposedJob): string | null => {
  if (!inputs[1]!.packable) return 'the weights are not constant, or reshaped';
  const { packing } = transposedPacking(inputs[1]!, node.attrs.group);
  return packing === 'plain' ? 'the outputs of a group are not a multiple of 4' : null;
};

function tilesFor(job: TransposedJob): PlaceTile[] {
  const perGroup = job.inputs[1]!.shape[1]!;
  return TILES.filter((tile) => {
    const { sums, products } = sizeOf(job, tile);
    const isWide = tile.m > 4 && tile.m >= 2 * perGroup;
    const most = tile === TILES[0] ? 2 * MOST_SUMS : MOST_SUMS;
    return sums <= most && products <= MOST_PRODUCTS && !isWide;
  });
}

/** Invocations of a workgroup where there are no subgroups. */
const WORKGROUP = { software: 16, hardware: 64 } as const;

const kernel = (name: string, usesSubgroups: boolean): Kernel<'convTranspose2d'> => ({
  name,
  doc: 'Constant weights, small windows; a single group, or groups of a multiple of four outputs.',
  ...(usesSubgroups ? { madeFor: 'software' as const } : {}),
  refuses(job, device) {
    const reason = refuseWindow(job);
    if (reason !== null) return reason;
    if (tilesFor(job).length === 0) return 'the window is too large to be unrolled';
    if (!usesSubgroups) return null;
    // SwiftShader, whose subgroups have four lanes, compiles the unrolled loads for minutes.
    if ((device.subgroupSize ?? 8) < 8) return 'subgroups of less than 8 are too small for it';
    return refuseSubgroups(device);
  },
  candidates(job, device) {
    const lanes = usesSubgroups ? device.subgroupSize : null;
    const workgroup = device.software ? WORKGROUP.software : WORKGROUP.hardware;
    const all = tilesFor(job).map((tile) => ({
      label: labelOf(tile),
      cost: device.software ? softwareCost(job, tile, lanes) : hardwareCost(job, tile),
      emit: () => emitTransposed(name, job, tile, { lanes, workgroup }, device),
    }));
    return all.toSorted((a, b) => a.cost - b.cost).slice(0, OFFERED);
  },
});

export const convTransposeSubgroup = kernel('conv-transpose-subgroup', true);
export const convTransposeTiled = kernel('conv-transpose-tiled', false);

function softwareCost(job: TransposedJob, tile: PlaceTile, lanes: number | null): number {
  const { sums, products } = sizeOf(job, tile);
  const { rows, vector, singles } = pixelLoads(job, tile);
  const ns = lanes === null ? NS : STEP_NS;
  const perChannel =
    Math.ceil(weightVectors(job, tile) / (lanes ?? 1)) * ns.vectorLoad +
    rows.length * ((vector ? ns.vectorLoad : 0) + singles.length * ns.load) +
    products * ns.multiplyAdd +
    (sums * ns.carry) / depthStep(job, tile);
  const perInvocation = depthOf(job) * perChannel + sums * NS.load * (job.residual ? 2 : 1);
  const tiles = countTiles(job, tile);
  if (lanes !== null) {
    return spreadCost(tiles.m * Math.ceil(tiles.places / lanes), (perInvocation * lanes) / 8);
  }
  const groups = Math.ceil((tiles.m * tiles.places) / WORKGROUP.software);
  return spreadCost(groups, (perInvocation * WORKGROUP.software) / 8);
}

function hardwareCost(job: TransposedJob, tile: PlaceTile): number {
  const { sums, products } = sizeOf(job, tile);
  const { rows, singles } = pixelLoads(job, tile);
  const tiles = countTiles(job, tile);
  const invocations = tiles.m * tiles.places;
  const workgroups = Math.ceil(invocations / WORKGROUP.hardware);
  const pixels = rows.length * (singles.length + (isAligned(job, tile) ? 4 : 0));
  // A processor does a load, of neighbours or the same for all, in the time of four multiply-adds.
  const loads = 4 * (pixels + weightVectors(job, tile));
  const depth = depthOf(job);
  return roofline({
    workgroups,
    workgroupSize: WORKGROUP.hardware,
    sums,
    flops: 2 * invocations * depth * products,
    bytes:
      bytesOf(job.inputs[0]!) + bytesOf(job.output) * (job.residual ? 2 : 1) + weightBytes(job),
    cachedBytes:
      workgroups *
      depth *
      (elementBytes(job.inputs[0]!.type) * WORKGROUP.hardware * tile.y * tile.x +
        elementBytes(weightType(job)) * 4 * weightVectors(job, tile)),
    waits: depth,
    // Sums beyond what the registers of an invocation hold are in memory.
    efficiency: (products / (products + loads)) * Math.min(1, 64 / sums),
  });
}
