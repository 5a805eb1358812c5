/** The last dispatch of a Winograd convolution: tiles of outputs from the products. */
import { epilogue } from '../activation.ts';
import type { Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import { FREQUENCIES, TILE, transform4x4 } from '../winograd.ts';
import { range } from './tile.ts';
import { LANES } from './window-conv.ts';
import { applyBoth, KERNEL, loadProducts, tilesOf } from './winograd-tiles.ts';

/** Each invocation: a quad of tiles of a channel, from `products`, [36, outputs, quads]. */
export function outputStep(job: Job<'conv2d'>, products: Operand, device: DeviceProfile): Step {
  const { inputs, output, residual, act } = job;
  const tiles = tilesOf(job);
  const [, outputs, height, width] = output.shape as [number, number, number, number];
  const byFour = tiles.isAligned && width % 4 === 0;
  const element = byFour ? 'vec4f' : 'f32';
  const b = binder(device);
  const m = b.read('products', products, 'vec4f');
  const bias = inputs[2] ? ` + ${b.read('bias', inputs[2])('o')}` : '';
  const add = residual ? ` + ${b.read('residual', residual, element)('to')}` : '';
  const y = b.write('y', output, element);
  const { functions, words, apply } = epilogue(act);
  const parts = range(4).map((j) => apply(`sum[${j}]`));
  const applied = act.act === 'none' ? 'sum' : `vec4f(${parts.join(', ')})`;
  const storeVectors = `
let first = quad % p.rowQuads * 4u;
let line = quad / p.rowQuads;
var out: array<vec4f, ${TILE * TILE}>;
${range(4)
  .flatMap((t) =>
    range(TILE).map((i) => {
      const row = range(TILE).map((j) => `r${i}[${j}][${t}]`);
      return `out[${t * TILE + i}] = vec4f(${row.join(', ')});`;
    }),
  )
  .join('\n')}
for (var e = 0u; e < p.results; e++) {
  let row = line % p.tilesY * ${TILE}u + e % ${TILE}u;
  let column = first + e / ${TILE}u;
  if (row < p.outHeight && column < p.outQuads) {
    let to = ((line / p.tilesY * p.outputs + o) * p.outHeight + row) * p.outQuads + column;
    let sum = out[e]${bias}${add};
    ${y('to', applied)};
  }
}`;
  const storeElements = `
var out: array<vec4f, ${TILE * TILE}>;
${range(TILE)
  .flatMap((i) => range(TILE).map((j) => `out[${i * TILE + j}] = r${i}[${j}];`))
  .join('\n')}
for (var e = 0u; e < p.results; e++) {
  let tile = quad * 4u + e % 4u;
  let column = tile % p.tilesX * ${TILE}u + e / 4u % ${TILE}u;
  let row = tile / p.tilesX % p.tilesY * ${TILE}u + e / ${4 * TILE}u;
  let n = tile / p.tilesX / p.tilesY;
  if (tile < p.tiles && row < p.outHeight && column < p.outWidth) {
    let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column;
    ${y('to', apply(`out[e / 4u][e % 4u]${bias}${add}`))};
  }
}`;
  return b.step({
    kernel: KERNEL,
    label: byFour ? 'outputs-vectors' : 'outputs',
    conversions: 1,
    workgroupSize: LANES,
    words: [
      u32('outHeight', height),
      u32('outputs', outputs),
      u32('tilesY', tiles.y),
      u32('quads', tiles.quads),
      u32('frequencies', FREQUENCIES),
      ...(byFour
        ? [u32('outQuads', width / 4), u32('rowQuads', tiles.x / 4), u32('results', TILE * TILE)]
        : [
            u32('outWidth', width),
            u32('tilesX', tiles.x),
            u32('tiles', tiles.count),
            u32('results', 4 * TILE * TILE),
          ]),
      ...words,
    ],
    invocations: outputs * tiles.quads,
    functions: transform4x4.transformProducts + functions,
    body: `
let quad = index % p.quads;
let o = index / p.quads;
${loadProducts(m, 'o').trim()}
${applyBoth('transformProducts', TILE)}
${(byFour ? storeVectors : storeElements).trim()}`,
  });
}
