/** What kernels share that hold a tile of outputs in registers: in vectors of four channels, or one channel. */
import { indent, type Read, type Write } from '../shader.ts';
import type { Tile } from './window.ts';

/** An accumulator: channels 4 m to 4 m + 3, row y and column x of the tile. */
interface Accumulator {
  readonly name: string;
  readonly m: number;
  readonly y: number;
  readonly x: number;
}

export const accumulators = (tile: Tile): Accumulator[] =>
  range(Math.ceil(tile.m / 4)).flatMap((m) =>
    range(tile.y).flatMap((y) => range(tile.x).map((x) => ({ name: `a${m}_${y}_${x}`, m, y, x }))),
  );

/** The WGSL type of an accumulator. */
export const vectorOf = ({ m }: Tile) => (m === 1 ? 'f32' : 'vec4f');

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

export interface Store {
  readonly y: Write;
  readonly bias: Read | null;
  readonly residual: Read | null;
  readonly apply: (expression: string) => string;
}

/**
 * Stores the tile at channel `tile * m`, `row`, `column` of image `n`, through an array: one place that
 * stores and activates instead of one for each output, which drivers compile much faster.
 */
export function storeTile(tile: Tile, { y, bias, residual, apply }: Store): string {
  const size = tile.m * tile.y * tile.x;
  const copies = accumulators(tile).map(({ name, m, y: row, x }) =>
    range(Math.min(tile.m, 4))
      .map((k) => {
        const part = tile.m === 1 ? name : `${name}[${k}]`;
        return `out[${((4 * m + k) * tile.y + row) * tile.x + x}] = ${part};`;
      })
      .join(' '),
  );
  const value = `out[(m * ${tile.y}u + i) * ${tile.x}u + j]`;
  const sum = [value, bias && 'shift', residual && residual('to')].filter(Boolean).join(' + ');
  const inner = `
let to = ((n * p.outputs + o) * p.outHeight + row + i) * p.outWidth + column + j;
${y('to', apply(sum))};`;
  return `var out: array<f32, ${size}>;
${copies.join('\n')}
for (var m = 0u; m < min(${tile.m}u, p.outputs - tile * ${tile.m}u); m++) {
  let o = tile * ${tile.m}u + m;
${bias ? `  let shift = ${bias('o')};\n` : ''}  for (var i = 0u; i < min(${tile.y}u, p.outHeight - row); i++) {
    for (var j = 0u; j < min(${tile.x}u, p.outWidth - column); j++) {
${indent(inner, 6)}
    }
  }
}`;
}
