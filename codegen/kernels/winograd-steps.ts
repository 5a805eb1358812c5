/** The two dispatches around the products of a Winograd convolution: patches in, tiles of outputs out. */
import type { ValueId } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, indent, u32 } from '../shader.ts';
import { FREQUENCIES, inverse, PATCH, TILE, transforms } from '../winograd.ts';
import { range } from './tile.ts';
import { LANES } from './window-conv.ts';
import { imageWords } from './window.ts';

/** Tiles of all images of a batch, counted row by row. */
export interface Tiles {
  readonly x: number;
  readonly y: number;
  /** Of all images. */
  readonly count: number;
  /** Vectors of four tiles that they fill. */
  readonly quads: number;
}

export function tilesOf({ output }: Job<'conv2d'>): Tiles {
  const [n, , height, width] = output.shape as [number, number, number, number];
  const [y, x] = [Math.ceil(height / TILE), Math.ceil(width / TILE)];
  const count = n * y * x;
  return { x, y, count, quads: Math.ceil(count / 4) };
}

const KERNEL = 'conv-winograd';

// Loops that load or store once have their bounds in uniforms, so that drivers do not unroll them: compiling
// each load or store takes lavapipe 30 ms or more.

/** A temporary as an operand. */
export const temporary = (id: ValueId, elements: number): Operand => ({
  kind: 'activation',
  id,
  shape: [elements],
  packable: false,
});

/** Each invocation: four tiles of a channel to `target`, [36, C, tiles]. */
export function patchStep(job: Job<'conv2d'>, target: Operand, device: DeviceProfile): Step {
  const { node, output } = job;
  const [image, , , padValue] = job.inputs;
  const tiles = tilesOf(job);
  const channels = image!.shape[1]!;
  const b = binder(device);
  const x = b.read('x', image!);
  const outside = padValue ? `${b.read('padValue', padValue)}[c]` : '0.0';
  const y = b.write('y', target.id, 'vec4f');
  const place = (t: number) => `
let tile${t} = min(quad * 4u + ${t}u, p.tiles - 1u);
let left${t} = i32(tile${t} % p.tilesX) * ${TILE} - p.left;
let top${t} = i32(tile${t} / p.tilesX % p.tilesY) * ${TILE} - p.top;
let plane${t} = i32(tile${t} / p.tilesX / p.tilesY * p.channels + c) * p.height;`;
  const row = (t: number) => `
let y${t} = top${t} + i;
let start${t} = (plane${t} + clamp(y${t}, 0, p.height - 1)) * p.width;
let inside${t} = y${t} >= 0 && y${t} < p.height;`;
  const load = (t: number) => `
let x${t} = left${t} + j;
let v${t} = select(outside, ${x}[start${t} + clamp(x${t}, 0, p.width - 1)], inside${t} && x${t} >= 0 && x${t} < p.width);`;
  const each = (code: (t: number) => string) => range(4).map(code).join('');
  return b.step({
    kernel: KERNEL,
    label: 'patches',
    workgroupSize: LANES,
    words: [
      ...imageWords(image!.shape, output.shape),
      i32('top', node.attrs.pads[0]!),
      i32('left', node.attrs.pads[1]!),
      u32('channels', channels),
      u32('tilesX', tiles.x),
      u32('tilesY', tiles.y),
      u32('tiles', tiles.count),
      u32('quads', tiles.quads),
      u32('frequencies', FREQUENCIES),
    ],
    invocations: channels * tiles.quads,
    functions: transforms,
    body: `
let quad = index % p.quads;
let c = index / p.quads;
let outside = ${outside};
${each(place)}
var d: array<vec4f, ${PATCH * PATCH}>;
for (var i = 0; i < ${PATCH}; i++) {
${indent(each(row))}
  for (var j = 0; j < ${PATCH}; j++) {
${indent(each(load), 4)}
    d[i * ${PATCH} + j] = vec4f(v0, v1, v2, v3);
  }
}
${applyBoth('transformPatch', PATCH)}
for (var f = 0u; f < p.frequencies; f++) {
  ${y}[(f * p.channels + c) * p.quads + quad] = result[f];
}`,
  });
}

/** A transform of six values to `size` on the columns of `d`, then on the rows: gives `result`. */
function applyBoth(transform: string, size: number): string {
  const list = (items: string[]) => items.join(', ');
  const columns = range(PATCH).map((j) => {
    const column = list(range(PATCH).map((i) => `d[${i * PATCH + j}]`));
    return `let c${j} = ${transform}(array<vec4f, 6>(${column}));`;
  });
  const rows = range(size).map((i) => {
    const row = list(range(PATCH).map((j) => `c${j}[${i}]`));
    return `let r${i} = ${transform}(array<vec4f, 6>(${row}));`;
  });
  const elements = range(size).flatMap((i) => range(size).map((j) => `r${i}[${j}]`));
  const copies = elements.map((element, i) => `result[${i}] = ${element};`);
  return [...columns, ...rows, `var result: array<vec4f, ${size * size}>;`, copies.join('\n')].join(
    '\n',
  );
}

/** How the products are stored: four tiles of a channel in a vector, or four channels of a tile. */
export type ProductLayout = 'tiles' | 'channels';

/** Each invocation: a vector of the products, [36, M, tiles] or [36, tiles, M], to outputs. */
export function outputStep(
  job: Job<'conv2d'>,
  products: Operand,
  layout: ProductLayout,
  device: DeviceProfile,
): Step {
  const { inputs, output, residual, act } = job;
  const tiles = tilesOf(job);
  const outputs = output.shape[1]!;
  const b = binder(device);
  const m = b.read('products', products, 'vec4f');
  const bias = inputs[2] ? ` + ${b.read('bias', inputs[2])}[o]` : '';
  const add = residual ? ` + ${b.read('residual', residual)}[to]` : '';
  const y = b.write('y', output.id);
  const { functions, words, apply } = epilogue(act);
  const quads = layout === 'tiles' ? tiles.quads : Math.ceil(outputs / 4);
  const lines = layout === 'tiles' ? outputs : tiles.count;
  const place =
    layout === 'tiles'
      ? 'let o = line;\nlet tile = quad * 4u + t;'
      : 'let o = quad * 4u + t;\nlet tile = line;';
  return b.step({
    kernel: KERNEL,
    label: `outputs-${layout}`,
    workgroupSize: LANES,
    words: [
      u32('outHeight', output.shape[2]!),
      u32('outWidth', output.shape[3]!),
      u32('outputs', outputs),
      u32('tilesX', tiles.x),
      u32('tilesY', tiles.y),
      u32('tiles', tiles.count),
      u32('quads', quads),
      u32('lines', lines),
      u32('frequencies', FREQUENCIES),
      u32('results', 4 * TILE * TILE),
      ...words,
    ],
    invocations: lines * quads,
    functions: inverse + functions,
    body: `
let quad = index % p.quads;
let line = index / p.quads;
var d: array<vec4f, ${PATCH * PATCH}>;
for (var f = 0u; f < p.frequencies; f++) {
  d[f] = ${m}[(f * p.lines + line) * p.quads + quad];
}
${applyBoth('transformProducts', TILE)}
for (var e = 0u; e < p.results; e++) {
  let t = e % 4u;
  let i = e / ${4 * TILE}u;
  let j = e / 4u % ${TILE}u;
${indent(place)}
  let column = tile % p.tilesX * ${TILE}u + j;
  let row = tile / p.tilesX % p.tilesY * ${TILE}u + i;
  let n = tile / p.tilesX / p.tilesY;
  if (tile < p.tiles && o < p.outputs && row < p.outHeight && column < p.outWidth) {
    let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column;
    ${y}[to] = ${apply(`result[e / 4u][t]${bias}${add}`)};
  }
}`,
  });
}
