/**
 * Between two Winograd convolutions on hardware: from the products of one to the patches of the next, in one
 * dispatch. The image itself is only in the shared memory of workgroups, which have whole channels.
 */
import { epilogue } from '../activation.ts';
import { bytesOf } from '../kernel.ts';
import type { Job, Layout, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, indent, u32 } from '../shader.ts';
import type { Transform } from '../winograd.ts';
import { roofline } from './cost.ts';
import { applyBoth, scalar, tileGrid, type Algorithm } from './winograd-scalar.ts';
import { bound } from './workgroup-matmul.ts';

/** Of a workgroup. */
const MOST_INVOCATIONS = 256;

/** How workgroups share a job out. */
interface Sharing {
  /** Tiles of a channel of an image. */
  readonly tiles: number;
  /** Pixels in a row of the image in shared memory, a pixel beside it on both sides. */
  readonly row: number;
  /** Pixels of such an image. */
  readonly pixels: number;
  /** Images of a channel that a workgroup has. */
  readonly together: number;
  readonly workgroupSize: number;
  readonly workgroups: number;
}

/** Or null where not even one channel fits in shared memory. */
function share(job: Job<'conv2d'>, transform: Transform, device: DeviceProfile): Sharing | null {
  const { limits } = device;
  const [n, channels] = job.output.shape as [number, number];
  const { x, y } = tileGrid(job, transform);
  const tiles = x * y;
  const row = x * transform.tile + 2;
  const pixels = row * (y * transform.tile + 2);
  const fitting = Math.floor(limits.maxComputeWorkgroupStorageSize / 4 / pixels);
  if (fitting === 0) return null;
  const together = Math.max(1, Math.min(fitting, Math.floor(64 / tiles), n * channels));
  const workgroupSize = Math.min(
    MOST_INVOCATIONS,
    limits.maxComputeInvocationsPerWorkgroup,
    limits.maxComputeWorkgroupSizeX,
    64 * Math.ceil((tiles * together) / 64),
  );
  const workgroups = Math.ceil((n * channels) / together);
  return { tiles, row, pixels, together, workgroupSize, workgroups };
}

const layoutOf = ({ kernel }: Algorithm, { output }: Job<'conv2d'>): string =>
  `${kernel} patches of ${output.shape.join('x')}`;

/** The layout in which a convolution may take its image: patches begin a pixel beside the tiles of outputs. */
export function takenPatches(
  algorithm: Algorithm,
  job: Job<'conv2d'>,
  saves: number,
): Layout | null {
  const [image, weights, , padValue] = job.inputs;
  const isSame = job.node.attrs.pads.every((pad) => pad === 1);
  if (!isSame || padValue || image!.shape[1] !== weights!.shape[1]) return null;
  const output = { ...job.output, shape: image!.shape };
  return { layout: layoutOf(algorithm, { ...job, output }), saves };
}

/** The layout in which it may leave its output, `outputs` being the nanoseconds of what it does otherwise. */
export function leftPatches(
  algorithm: Algorithm,
  job: Job<'conv2d'>,
  outputs: number,
  device: DeviceProfile,
): Layout | null {
  const { transform } = algorithm;
  const sharing = share(job, transform, device);
  if (!sharing) return null;
  const { workgroups, workgroupSize, tiles, together } = sharing;
  const elements = transform.frequencies * tiles * together * workgroups;
  const joint = roofline({
    workgroups,
    workgroupSize,
    sums: transform.side,
    flops: 24 * elements,
    bytes: 2 * 4 * elements + (job.residual ? bytesOf(job.residual) : 0),
    // For the products, and for the other invocations.
    waits: 2,
  });
  return { layout: layoutOf(algorithm, job), saves: outputs - joint };
}

/** From products, [frequencies, M, stride], to patches of the next convolution at `target`, of the same size. */
export function tileJoint(
  { kernel, transform }: Algorithm,
  job: Job<'conv2d'>,
  products: Operand,
  target: Operand,
  device: DeviceProfile,
): Step {
  const { tile, side, frequencies } = transform;
  const grid = tileGrid(job, transform);
  const { tiles, row, pixels, together, workgroupSize, workgroups } = share(
    job,
    transform,
    device,
  )!;
  const { inputs, output, residual, act } = job;
  const [n, outputs, height, width] = output.shape as [number, number, number, number];
  const b = binder(device);
  const m = b.read('products', products);
  const bias = inputs[2] ? ` + ${b.read('bias', inputs[2])('o')}` : '';
  const add = residual
    ? ` + ${b.read('residual', residual)('(plane * p.outHeight + yy) * p.outWidth + xx')}`
    : '';
  const y = b.write('y', target);
  const { functions, words, apply } = epilogue(act);
  const keep = `let yy = top + i;
    let xx = left + j;
    if (yy < p.outHeight && xx < p.outWidth) {
      image[start + (yy + 1u) * ${row}u + xx + 1u] = ${apply(`row[j]${bias}${add}`)};
    }`;
  const store = `${y(`((i * ${side}u + j) * p.outputs + o) * p.stride + place`, 'row[j]')};`;
  /** For each tile of the workgroup: its corner, and its place among products and patches. */
  const forTiles = (statements: string) => `
for (var turn = 0u; turn < ${bound(Math.ceil((tiles * together) / workgroupSize), device)}; turn++) {
  let item = local + turn * ${workgroupSize}u;
  let plane = index * ${together}u + item / ${tiles}u;
  if (item < ${tiles * together}u && plane < p.planes) {
    let start = item / ${tiles}u * ${pixels}u;
    let tile = item % ${tiles}u;
    let o = plane % p.outputs;
    let place = plane / p.outputs * ${tiles}u + tile;
    let left = tile % ${grid.x}u * ${tile}u;
    let top = tile / ${grid.x}u * ${tile}u;
    var d: array<f32, ${side * side}>;
${indent(statements, 4)}
  }
}`;
  return b.step({
    kernel,
    label: 'joint',
    conversions: 2,
    together: true,
    workgroupSize,
    words: [
      u32('outHeight', height),
      u32('outWidth', width),
      u32('outputs', outputs),
      u32('planes', n * outputs),
      u32('stride', grid.stride),
      u32('one', 1),
      ...words,
    ],
    invocations: workgroups,
    functions: `
// What is beyond the image stays zero.
var<workgroup> image: array<f32, ${pixels * together}>;
${scalar(transform.transformProducts + transform.transformPatch)}${functions}`,
    body: `
${forTiles(`for (var f = 0u; f < ${bound(frequencies, device)}; f++) {
  d[f] = ${m('(f * p.outputs + o) * p.stride + place')};
}
${applyBoth('transformProducts', side, tile, keep, device)}`)}
workgroupBarrier();
${forTiles(`for (var i = 0u; i < ${bound(side, device)}; i++) {
  for (var j = 0u; j < ${bound(side, device)}; j++) {
    d[i * ${side}u + j] = image[start + (top + i) * ${row}u + left + j];
  }
}
${applyBoth('transformPatch', side, side, store, device)}`)}`,
  });
}
