/** Convolutions of few channels in each group, above all depthwise ones: tiles of one output channel. */
import type { Kernel } from '../kernel.ts';
import { emitWindow, estimateWindow, labelOf, tooLarge } from './window-conv.ts';
import type { Tile } from './window.ts';

const TILES: readonly Tile[] = [
  { m: 1, y: 1, x: 4 },
  { m: 1, y: 2, x: 7 },
  { m: 1, y: 4, x: 7 },
];

export const convDepthwise: Kernel<'conv2d'> = {
  name: 'conv-depthwise',
  doc: 'Any number of groups and multipliers, also with computed weights.',
  madeFor: 'software',
  refuses: (job) => (tooLarge(job, TILES[0]!) ? 'the window is too large to be unrolled' : null),
  candidates: (job, device) =>
    TILES.filter((tile) => !tooLarge(job, tile)).map((tile) => ({
      label: labelOf(tile),
      cost: estimateWindow(job, tile),
      emit: () => emitWindow('conv-depthwise', job, tile, device),
    })),
};
