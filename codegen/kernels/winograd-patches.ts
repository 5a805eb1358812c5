/** The first dispatch of a Winograd convolution: patches of the image, transformed. */
import type { Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile, Word } from '../plan.ts';
import { binder, i32, indent, u32, type Read } from '../shader.ts';
import { FREQUENCIES, PATCH, TILE, transform4x4 } from '../winograd.ts';
import { range } from './tile.ts';
import { LANES } from './window-conv.ts';
import { KERNEL, storePatches, tilesOf } from './winograd-tiles.ts';
import { imageWords } from './window.ts';

/** Each invocation: a quad of tiles of a channel, to `target`, [36, channels, quads]. */
export function patchStep(job: Job<'conv2d'>, target: Operand, device: DeviceProfile): Step {
  const { node, output } = job;
  const [image, , , padValue] = job.inputs;
  const [top, left] = node.attrs.pads as [number, number];
  const tiles = tilesOf(job);
  const channels = image!.shape[1]!;
  const byFour = tiles.isAligned && left === 1 && image!.shape[3]! % 4 === 0;
  const b = binder(device);
  const x = b.read('x', image!);
  const vectors = byFour ? b.read('vectors', image!, 'vec4f') : null;
  const outside = padValue ? b.read('padValue', padValue)('c') : '0.0';
  const y = b.write('y', target, 'vec4f');
  const words: Word[] = byFour
    ? [u32('rowQuads', tiles.x / 4), u32('tilesY', tiles.y), i32('rows', PATCH)]
    : [
        u32('tilesX', tiles.x),
        u32('tilesY', tiles.y),
        u32('tiles', tiles.count),
        i32('left', left),
      ];
  return b.step({
    kernel: KERNEL,
    label: byFour ? 'patches-vectors' : 'patches',
    conversions: 1,
    workgroupSize: LANES,
    words: [
      ...imageWords(image!.shape, output.shape),
      i32('top', top),
      u32('channels', channels),
      u32('quads', tiles.quads),
      u32('frequencies', FREQUENCIES),
      ...words,
    ],
    invocations: channels * tiles.quads,
    functions: transform4x4.transformPatch,
    body: `
let quad = index % p.quads;
let c = index / p.quads;
let outside = ${outside};
var d: array<vec4f, ${PATCH * PATCH}>;
${(vectors ? loadVectors(x, vectors) : loadElements(x)).trim()}
${storePatches(y, 'p.channels').trim()}`,
  });
}

/** Rows of a quad as four vectors and a pixel on both sides; it begins a pixel left of the first vector. */
function loadVectors(x: Read, vectors: Read): string {
  const load = (t: number) => `
let at${t} = first + ${t};
let v${t} = select(vec4f(outside), ${vectors(`start / 4 + min(at${t}, last)`)}, inside & (at${t} <= last));`;
  const parts = ['x', 'y', 'z', 'w'].map((part) => range(4).map((t) => `v${t}.${part}`));
  const columns = [['before', 'v0.w', 'v1.w', 'v2.w'], ...parts, ['v1.x', 'v2.x', 'v3.x', 'after']];
  const copies = columns.map(
    (values, j) => `d[i * ${PATCH} + ${j}] = vec4f(${values.join(', ')});`,
  );
  return `
let first = i32(quad % p.rowQuads) * 4;
let last = p.width / 4 - 1;
let line = quad / p.rowQuads;
let top = i32(line % p.tilesY) * ${TILE} - p.top;
let plane = i32(line / p.tilesY * p.channels + c) * p.height;
for (var i = 0; i < p.rows; i++) {
  let y = top + i;
  let inside = (y >= 0) & (y < p.height);
  let start = (plane + clamp(y, 0, p.height - 1)) * p.width;
${indent(range(4).map(load).join(''))}
  let before = select(outside, ${x('start + max(first * 4 - 1, 0)')}, inside & (first > 0) & (first <= last + 1));
  let after = select(outside, ${x('start + min(first * 4 + 16, p.width - 1)')}, inside & (first + 4 <= last));
${indent(copies.join('\n'))}
}`;
}

function loadElements(x: Read): string {
  const place = (t: number) => `
let tile${t} = min(quad * 4u + ${t}u, p.tiles - 1u);
let left${t} = i32(tile${t} % p.tilesX) * ${TILE} - p.left;
let top${t} = i32(tile${t} / p.tilesX % p.tilesY) * ${TILE} - p.top;
let plane${t} = i32(tile${t} / p.tilesX / p.tilesY * p.channels + c) * p.height;`;
  const row = (t: number) => `
let y${t} = top${t} + i;
let start${t} = (plane${t} + clamp(y${t}, 0, p.height - 1)) * p.width;
let inside${t} = (y${t} >= 0) & (y${t} < p.height);`;
  const load = (t: number) => `
let x${t} = left${t} + j;
let v${t} = select(outside, ${x(`start${t} + clamp(x${t}, 0, p.width - 1)`)}, inside${t} & (x${t} >= 0) & (x${t} < p.width));`;
  const each = (code: (t: number) => string) => range(4).map(code).join('');
  return `
${each(place)}
for (var i = 0; i < ${PATCH}; i++) {
${indent(each(row))}
  for (var j = 0; j < ${PATCH}; j++) {
${indent(each(load), 4)}
    d[i * ${PATCH} + j] = vec4f(v0, v1, v2, v3);
  }
}`;
}
