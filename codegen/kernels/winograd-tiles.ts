/** How a Winograd convolution divides an image into tiles, and what its steps share. */
import type { ValueId } from '../../ir/index.ts';
import type { Job, Operand } from '../kernel.ts';
import { PATCH, TILE } from '../winograd.ts';
import type { Read, Write } from '../shader.ts';
import { range } from './tile.ts';

/** Tiles of all images of a batch, counted row by row; four that follow each other are a quad. */
export interface Tiles {
  /** In a row of tiles, those included that fill its last quad up. */
  readonly x: number;
  readonly y: number;
  /** Of all images. */
  readonly count: number;
  readonly quads: number;
  /** Whether every quad is of one row. */
  readonly isAligned: boolean;
}

/** As many tiles more, at most, are worth it for quads within rows, of which pixels are loaded by four. */
const MOST_FILLING = 7 / 6;

export function tilesOf({ output }: Job<'conv2d'>): Tiles {
  const [n, , height, width] = output.shape as [number, number, number, number];
  const [y, needed] = [Math.ceil(height / TILE), Math.ceil(width / TILE)];
  const filled = 4 * Math.ceil(needed / 4);
  const x = width % 4 === 0 && filled <= MOST_FILLING * needed ? filled : needed;
  const count = n * y * x;
  return { x, y, count, quads: Math.ceil(count / 4), isAligned: x % 4 === 0 };
}

export const KERNEL = 'conv-winograd';

/** A temporary as an operand. */
export const temporary = (id: ValueId, elements: number): Operand => ({
  kind: 'activation',
  id,
  shape: [elements],
  type: 'f32',
  packable: false,
});

/** A transform of six values to `size` on the columns of `d`, then on the rows: gives r0[0], r0[1], … */
export function applyBoth(transform: string, size: number): string {
  const list = (items: string[]) => items.join(', ');
  const columns = range(PATCH).map((j) => {
    const column = list(range(PATCH).map((i) => `d[${i * PATCH + j}]`));
    return `let c${j} = ${transform}(array<vec4f, 6>(${column}));`;
  });
  const rows = range(size).map((i) => {
    const row = list(range(PATCH).map((j) => `c${j}[${i}]`));
    return `let r${i} = ${transform}(array<vec4f, 6>(${row}));`;
  });
  return [...columns, ...rows].join('\n');
}

// Loops that load or store once have their bounds in uniforms, so that drivers do not unroll them: compiling
// each load or store takes lavapipe 30 ms or more.

/** `d`: the products of the quad of tiles, of [36, channels, quads]. */
export const loadProducts = (products: Read, channel: string): string => `
var d: array<vec4f, ${PATCH * PATCH}>;
for (var f = 0u; f < p.frequencies; f++) {
  d[f] = ${products(`(f * p.outputs + ${channel}) * p.quads + quad`)};
}`;

/** Transforms `d` to patches of the quad of tiles, of [36, channels, quads]. */
export function storePatches(patches: Write, channels: string): string {
  const elements = range(PATCH).flatMap((i) => range(PATCH).map((j) => `r${i}[${j}]`));
  return `
${applyBoth('transformPatch', PATCH)}
var result: array<vec4f, ${PATCH * PATCH}>;
${elements.map((element, i) => `result[${i}] = ${element};`).join('\n')}
for (var f = 0u; f < p.frequencies; f++) {
  ${patches(`(f * ${channels} + c) * p.quads + quad`, 'result[f]')};
}`;
}

/** Why a layer is no convolution for Winograd's F(m, 3x3), or null. */
export function refuseWinograd(
  { node, inputs }: Job<'conv2d'>,
  leastChannels: number,
): string | null {
  const { shape, packable } = inputs[1]!;
  const { strides, dilations, group } = node.attrs;
  if (!packable) return 'the weights are not constant, or reshaped';
  if (shape[2] !== 3 || shape[3] !== 3) return 'the window is not 3x3';
  if ([...strides, ...dilations].some((n) => n !== 1)) return 'it is strided or dilated';
  if (group !== 1) return 'there is more than one group';
  return Math.min(shape[0]!, shape[1]!) < leastChannels
    ? `it has fewer than ${leastChannels} channels`
    : null;
}
