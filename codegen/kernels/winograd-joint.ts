/**
 * Between two Winograd convolutions of small images: from the products of one to the patches of the next, in
 * one dispatch. The image itself is never stored.
 */
import { epilogue } from '../activation.ts';
import type { Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import { FREQUENCIES, PATCH, TILE, transform4x4 } from '../winograd.ts';
import { range } from './tile.ts';
import { applyBoth, KERNEL, loadProducts, storePatches, tilesOf } from './winograd-tiles.ts';

/**
 * The layout of an image as patches, where lanes of one subgroup hold all of a channel, a row of tiles each;
 * otherwise null.
 */
const layoutOf = (job: Job<'conv2d'>, lanes: number): string | null => {
  const { x, y } = tilesOf(job);
  return x === 4 && y <= lanes ? `winograd patches of ${job.output.shape.join('x')}` : null;
};

/** The layout in which a convolution may leave its output. */
export const joinsNext = (job: Job<'conv2d'>, lanes: number): string | null =>
  job.residual ? null : layoutOf(job, lanes);

/** The layout in which a convolution may take its image: patches begin a pixel beside the tiles of outputs. */
export function joinsPrevious(job: Job<'conv2d'>, lanes: number): string | null {
  const [image, weights, , padValue] = job.inputs;
  const isSame = job.node.attrs.pads.every((pad) => pad === 1);
  if (!isSame || padValue || image!.shape[1] !== weights!.shape[1]) return null;
  const output = { ...job.output, shape: image!.shape };
  return layoutOf({ ...job, output }, lanes);
}

/** Each subgroup: whole channels, a quad of tiles in each lane, from products to `target`. */
export function jointStep(
  job: Job<'conv2d'>,
  lanes: number,
  products: Operand,
  target: Operand,
  device: DeviceProfile,
): Step {
  const { inputs, output, act } = job;
  const tiles = tilesOf(job);
  const [n, outputs, height, width] = output.shape as [number, number, number, number];
  const b = binder(device);
  const m = b.read('products', products, 'vec4f');
  const bias = inputs[2] ? ` + ${b.read('bias', inputs[2])('c')}` : '';
  const y = b.write('y', target, 'vec4f');
  const { functions, words, apply } = epilogue(act);
  const planes = Math.floor(lanes / tiles.y);
  const pixels = range(TILE).flatMap((i) =>
    range(TILE).map((j) => {
      const parts = range(4).map((t) => apply(`v${i}${j}[${t}]`));
      return `let v${i}${j} = r${i}[${j}]${bias};
let e${i + 1}${j} = select(vec4f(), vec4f(${parts.join(', ')}), column${j} & vec4<bool>(row + ${i}u < p.outHeight));`;
    }),
  );
  const halo = range(TILE).map(
    (j) => `let above${j} = subgroupShuffle(e4${j}, lane - min(lane, 1u));
let below${j} = subgroupShuffle(e1${j}, min(lane + 1u, ${lanes - 1}u));
let e0${j} = select(vec4f(), above${j}, line > 0u);
let e5${j} = select(vec4f(), below${j}, line + 1u < p.tilesY);`,
  );
  const patch = range(PATCH).flatMap((i) =>
    [
      `vec4f(0.0, e${i}3.xyz)`,
      ...range(TILE).map((j) => `e${i}${j}`),
      `vec4f(e${i}0.yzw, 0.0)`,
    ].map((value, j) => `d[${i * PATCH + j}] = ${value};`),
  );
  return b.step({
    kernel: KERNEL,
    label: 'joint',
    conversions: 2,
    lanes,
    words: [
      u32('outHeight', height),
      u32('outWidth', width),
      u32('outputs', outputs),
      u32('planes', n * outputs),
      u32('tilesY', tiles.y),
      u32('together', planes),
      u32('quads', tiles.quads),
      u32('frequencies', FREQUENCIES),
      ...words,
    ],
    invocations: Math.ceil((n * outputs) / planes),
    functions: transform4x4.transformPatch + transform4x4.transformProducts + functions,
    body: `
let line = lane % p.tilesY;
let plane = min(index * p.together + lane / p.tilesY, p.planes - 1u);
let c = plane % p.outputs;
let quad = plane / p.outputs * p.tilesY + line;
${loadProducts(m, 'c').trim()}
{
${applyBoth('transformProducts', TILE)}
let row = line * ${TILE}u;
${range(TILE)
  .map(
    (j) =>
      `let column${j} = vec4u(${range(4)
        .map((t) => `${t * TILE + j}u`)
        .join(', ')}) < vec4u(p.outWidth);`,
  )
  .join('\n')}
${pixels.join('\n')}
${halo.join('\n')}
${patch.join('\n')}
}
if (lane < p.together * p.tilesY) {
${storePatches(y, 'p.outputs').trim()}
}`,
  });
}
