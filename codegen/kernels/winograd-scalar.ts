/** The two dispatches around the products of Winograd's F(4x4, 3x3) on hardware: a tile for each invocation. */
import type { ValueId } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, u32 } from '../shader.ts';
import { inverse, PATCH, TILE, transforms } from '../winograd.ts';
import { roofline } from './cost.ts';
import { range } from './tile.ts';
import { imageWords } from './window.ts';
import { tilesOf } from './winograd-tiles.ts';
import { bound } from './workgroup-matmul.ts';

const WORKGROUP = 64;

/** The transforms of one tile, not of four in a vector. */
const scalar = (wgsl: string) => wgsl.replaceAll('vec4f', 'f32');

/** Tiles of a row of the transformed image, filled up so that rows begin alike. */
export const strideOf = (job: Job<'conv2d'>): number => 4 * tilesOf(job).quads;

/** Where tiles are; the words that both dispatches have. */
function tileWords(job: Job<'conv2d'>) {
  const tiles = tilesOf(job);
  return [
    ...imageWords(job.inputs[0]!.shape, job.output.shape),
    u32('tilesX', tiles.x),
    u32('tilesY', tiles.y),
    u32('tiles', tiles.count),
    u32('stride', strideOf(job)),
    u32('one', 1),
  ];
}

/**
 * A transform of 6x6 values `d` along columns, then rows, to `size` values each; `result` says what is done with
 * the one at i, j.
 */
function applyBoth(transform: string, size: number, result: string, device: DeviceProfile): string {
  const list = (at: (i: number) => string) => range(PATCH).map(at).join(', ');
  return `var columns: array<f32, ${size * PATCH}>;
for (var j = 0u; j < ${bound(PATCH, device)}; j++) {
  var column = ${transform}(array<f32, 6>(${list((i) => `d[${i * PATCH}u + j]`)}));
  for (var i = 0u; i < ${bound(size, device)}; i++) {
    columns[i * ${PATCH}u + j] = column[i];
  }
}
for (var i = 0u; i < ${bound(size, device)}; i++) {
  var row = ${transform}(array<f32, 6>(${list((j) => `columns[i * ${PATCH}u + ${j}u]`)}));
  for (var j = 0u; j < ${bound(size, device)}; j++) {
    ${result}
  }
}`;
}

/** Patches of the image, transformed, to `target`: [36, C, stride]. */
export function tilePatches(
  kernel: string,
  job: Job<'conv2d'>,
  target: ValueId,
  device: DeviceProfile,
): Step {
  const { node, inputs } = job;
  const [image, , , padValue] = inputs;
  const channels = image!.shape[1]!;
  const b = binder(device);
  const x = b.read('x', image!);
  const outside = padValue ? `${b.read('padValue', padValue)}[c]` : '0.0';
  const y = b.write('y', target);
  return b.step({
    kernel,
    label: 'patches',
    workgroupSize: WORKGROUP,
    words: [
      ...tileWords(job),
      u32('channels', channels),
      i32('top', node.attrs.pads[0]!),
      i32('left', node.attrs.pads[1]!),
    ],
    invocations: channels * tilesOf(job).count,
    functions: scalar(transforms),
    body: `
let tile = index % p.tiles;
let c = index / p.tiles;
let n = tile / p.tilesX / p.tilesY;
let left = i32(tile % p.tilesX) * ${TILE} - p.left;
let top = i32(tile / p.tilesX % p.tilesY) * ${TILE} - p.top;
let plane = i32(n * p.channels + c) * p.height;
let outside = ${outside};
var d: array<f32, ${PATCH * PATCH}>;
for (var i = 0u; i < ${bound(PATCH, device)}; i++) {
  let yy = top + i32(i);
  let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
  let inside = (yy >= 0) & (yy < p.height);
  for (var j = 0u; j < ${bound(PATCH, device)}; j++) {
    let xx = left + i32(j);
    let value = ${x}[start + clamp(xx, 0, p.width - 1)];
    d[i * ${PATCH}u + j] = select(outside, value, inside & (xx >= 0) & (xx < p.width));
  }
}
${applyBoth('transformPatch', PATCH, `${y}[((i * ${PATCH}u + j) * p.channels + c) * p.stride + tile] = row[j];`, device)}`,
  });
}

/** Outputs from the products, [36, M, stride]. */
export function tileOutputs(
  kernel: string,
  job: Job<'conv2d'>,
  products: Operand,
  device: DeviceProfile,
): Step {
  const { inputs, output, residual, act } = job;
  const outputs = output.shape[1]!;
  const b = binder(device);
  const m = b.read('products', products);
  const bias = inputs[2] ? ` + ${b.read('bias', inputs[2])}[o]` : '';
  const add = residual ? ` + ${b.read('residual', residual)}[to]` : '';
  const y = b.write('y', output.id);
  const { functions, words, apply } = epilogue(act);
  const store = `let yy = top + i;
    let xx = left + j;
    if (yy < p.outHeight && xx < p.outWidth) {
      let to = (plane + yy) * p.outWidth + xx;
      ${y}[to] = ${apply(`row[j]${bias}${add}`)};
    }`;
  return b.step({
    kernel,
    label: 'outputs',
    workgroupSize: WORKGROUP,
    words: [...tileWords(job), u32('outputs', outputs), ...words],
    invocations: outputs * tilesOf(job).count,
    functions: scalar(inverse) + functions,
    body: `
let tile = index % p.tiles;
let o = index / p.tiles;
let n = tile / p.tilesX / p.tilesY;
let left = tile % p.tilesX * ${TILE}u;
let top = tile / p.tilesX % p.tilesY * ${TILE}u;
let plane = (n * p.outputs + o) * p.outHeight;
var d: array<f32, ${PATCH * PATCH}>;
for (var f = 0u; f < ${bound(PATCH * PATCH, device)}; f++) {
  d[f] = ${m}[(f * p.outputs + o) * p.stride + tile];
}
${applyBoth('transformProducts', TILE, store, device)}`,
  });
}

/** Estimated nanoseconds of the dispatch that transforms `channels` planes, with `others` elements beside. */
export function estimateTiles(job: Job<'conv2d'>, channels: number, others: number): number {
  const invocations = channels * tilesOf(job).count;
  const elements = PATCH * PATCH * invocations;
  return roofline({
    workgroups: Math.ceil(invocations / WORKGROUP),
    workgroupSize: WORKGROUP,
    sums: PATCH,
    flops: 12 * elements,
    bytes: 4 * (elements + others),
  });
}
