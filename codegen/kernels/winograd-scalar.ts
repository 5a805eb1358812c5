/** The two dispatches around the products of a Winograd convolution on hardware: a tile for each invocation. */
import { epilogue } from '../activation.ts';
import type { Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, u32 } from '../shader.ts';
import type { Transform } from '../winograd.ts';
import { roofline } from './cost.ts';
import { range } from './tile.ts';
import { imageWords } from './window.ts';
import { bound } from './workgroup-matmul.ts';

const WORKGROUP = 64;

/** A kernel by name, and the algorithm that it computes by. */
export interface Algorithm {
  readonly kernel: string;
  readonly transform: Transform;
}

/** The transforms of one tile, not of four in a vector. */
export const scalar = (wgsl: string) => wgsl.replaceAll('vec4f', 'f32');

/** Tiles of all images of a batch, counted row by row. */
export interface TileGrid {
  readonly x: number;
  readonly y: number;
  /** Of all images. */
  readonly count: number;
  /** Those of a row of the transformed image, filled up so that rows begin alike. */
  readonly stride: number;
}

export function tileGrid({ output }: Job<'conv2d'>, { tile }: Transform): TileGrid {
  const [n, , height, width] = output.shape as [number, number, number, number];
  const [y, x] = [Math.ceil(height / tile), Math.ceil(width / tile)];
  const count = n * y * x;
  return { x, y, count, stride: 4 * Math.ceil(count / 4) };
}

/** Where tiles are; the words that both dispatches have. */
function tileWords(job: Job<'conv2d'>, tiles: TileGrid) {
  return [
    ...imageWords(job.inputs[0]!.shape, job.output.shape),
    u32('tilesX', tiles.x),
    u32('tilesY', tiles.y),
    u32('tiles', tiles.count),
    u32('stride', tiles.stride),
    u32('one', 1),
  ];
}

/**
 * The function `name` on `side` by `side` values `d`, along columns, then rows, to `size` values each; `result` says
 * what is done with the one at i, j.
 */
export function applyBoth(
  name: string,
  side: number,
  size: number,
  result: string,
  device: DeviceProfile,
): string {
  const list = (at: (i: number) => string) => range(side).map(at).join(', ');
  return `var columns: array<f32, ${size * side}>;
for (var j = 0u; j < ${bound(side, device)}; j++) {
  var column = ${name}(array<f32, ${side}>(${list((i) => `d[${i * side}u + j]`)}));
  for (var i = 0u; i < ${bound(size, device)}; i++) {
    columns[i * ${side}u + j] = column[i];
  }
}
for (var i = 0u; i < ${bound(size, device)}; i++) {
  var row = ${name}(array<f32, ${side}>(${list((j) => `columns[i * ${side}u + ${j}u]`)}));
  for (var j = 0u; j < ${bound(size, device)}; j++) {
    ${result}
  }
}`;
}

/** Patches of the image, transformed, to `target`: [frequencies, C, stride]. */
export function tilePatches(
  { kernel, transform }: Algorithm,
  job: Job<'conv2d'>,
  target: Operand,
  device: DeviceProfile,
): Step {
  const { tile, side } = transform;
  const tiles = tileGrid(job, transform);
  const { node, inputs } = job;
  const [image, , , padValue] = inputs;
  const channels = image!.shape[1]!;
  const b = binder(device);
  const x = b.read('x', image!);
  const outside = padValue ? b.read('padValue', padValue)('c') : '0.0';
  const y = b.write('y', target);
  return b.step({
    kernel,
    label: 'patches',
    conversions: 1,
    workgroupSize: WORKGROUP,
    words: [
      ...tileWords(job, tiles),
      u32('channels', channels),
      i32('top', node.attrs.pads[0]!),
      i32('left', node.attrs.pads[1]!),
    ],
    invocations: channels * tiles.count,
    functions: scalar(transform.transformPatch),
    body: `
let tile = index % p.tiles;
let c = index / p.tiles;
let n = tile / p.tilesX / p.tilesY;
let left = i32(tile % p.tilesX) * ${tile} - p.left;
let top = i32(tile / p.tilesX % p.tilesY) * ${tile} - p.top;
let plane = i32(n * p.channels + c) * p.height;
let outside = ${outside};
var d: array<f32, ${side * side}>;
for (var i = 0u; i < ${bound(side, device)}; i++) {
  let yy = top + i32(i);
  let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
  let inside = (yy >= 0) & (yy < p.height);
  for (var j = 0u; j < ${bound(side, device)}; j++) {
    let xx = left + i32(j);
    let value = ${x('start + clamp(xx, 0, p.width - 1)')};
    d[i * ${side}u + j] = select(outside, value, inside & (xx >= 0) & (xx < p.width));
  }
}
${applyBoth('transformPatch', side, side, `${y(`((i * ${side}u + j) * p.channels + c) * p.stride + tile`, 'row[j]')};`, device)}`,
  });
}

/** Outputs from the products, [frequencies, M, stride]. */
export function tileOutputs(
  { kernel, transform }: Algorithm,
  job: Job<'conv2d'>,
  products: Operand,
  device: DeviceProfile,
): Step {
  const { tile, side, frequencies } = transform;
  const tiles = tileGrid(job, transform);
  const { inputs, output, residual, act } = job;
  const outputs = output.shape[1]!;
  const b = binder(device);
  const m = b.read('products', products);
  const bias = inputs[2] ? ` + ${b.read('bias', inputs[2])('o')}` : '';
  const add = residual ? ` + ${b.read('residual', residual)('to')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const store = `let yy = top + i;
    let xx = left + j;
    if (yy < p.outHeight && xx < p.outWidth) {
      let to = (plane + yy) * p.outWidth + xx;
      ${y('to', apply(`row[j]${bias}${add}`))};
    }`;
  return b.step({
    kernel,
    label: 'outputs',
    conversions: 1,
    workgroupSize: WORKGROUP,
    words: [...tileWords(job, tiles), u32('outputs', outputs), ...words],
    invocations: outputs * tiles.count,
    functions: scalar(transform.transformProducts) + functions,
    body: `
let tile = index % p.tiles;
let o = index / p.tiles;
let n = tile / p.tilesX / p.tilesY;
let left = tile % p.tilesX * ${tile}u;
let top = tile / p.tilesX % p.tilesY * ${tile}u;
let plane = (n * p.outputs + o) * p.outHeight;
var d: array<f32, ${side * side}>;
for (var f = 0u; f < ${bound(frequencies, device)}; f++) {
  d[f] = ${m('(f * p.outputs + o) * p.stride + tile')};
}
${applyBoth('transformProducts', side, tile, store, device)}`,
  });
}

/** Estimated nanoseconds of the dispatch that transforms `channels` planes, with so many bytes beside. */
export function estimateTiles(
  job: Job<'conv2d'>,
  transform: Transform,
  channels: number,
  bytes: number,
): number {
  const invocations = channels * tileGrid(job, transform).count;
  const elements = transform.frequencies * invocations;
  return roofline({
    workgroups: Math.ceil(invocations / WORKGROUP),
    workgroupSize: WORKGROUP,
    sums: transform.side,
    flops: 12 * elements,
    bytes: 4 * elements + bytes,
  });
}
