/** Convolutions of many channels: tiles of several output channels. */
import type { Kernel } from '../kernel.ts';
import { emitWindow, estimateWindow, labelOf, tooLarge } from './window-conv.ts';
import type { Tile } from './window.ts';

/**
 * Sizes of images are multiples of 7 more often than not. Larger tiles would be a little faster on some
 * layers, but each is one more pipeline to compile, a second or so of it.
 */
const TILES: readonly Tile[] = [
  { m: 4, y: 1, x: 2 },
  { m: 4, y: 2, x: 4 },
  { m: 8, y: 2, x: 7 },
  { m: 8, y: 4, x: 7 },
];

export const convTiled: Kernel<'conv2d'> = {
  name: 'conv-tiled',
  doc: 'Constant weights; a single group, or groups of a multiple of four outputs.',
  madeFor: 'software',
  refuses(job) {
    const { node, inputs } = job;
    if (!inputs[1]!.packable) return 'the weights are not constant, or reshaped';
    const outputs = inputs[1]!.shape[0]! / node.attrs.group;
    if (node.attrs.group > 1 && outputs % 4 !== 0) {
      return `the ${outputs} outputs of a group are not a multiple of 4`;
    }
    return tooLarge(job, TILES[0]!) ? 'the window is too large to be unrolled' : null;
  },
  candidates(job, device) {
    const { group } = job.node.attrs;
    const outputs = job.output.shape[1]! / group;
    const fits = (tile: Tile) => (group === 1 || outputs % tile.m === 0) && !tooLarge(job, tile);
    return TILES.filter(fits).map((tile) => ({
      label: labelOf(tile),
      cost: estimateWindow(job, tile),
      emit: () => emitWindow('conv-tiled', job, tile, device),
    }));
  },
};
