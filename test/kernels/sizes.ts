/** Sizes on both sides of the edges of tiles. */
import fc from 'fast-check';

/** Tiles and vectors of most kernels are of these many elements, or a few times as many. */
const TILES = [1, 2, 4, 7, 8, 14, 16, 32, 64];

/** Multiples of a tile, one less and one more; those at the edges of many tiles come more often. */
export function around(most: number, least = 1): fc.Arbitrary<number> {
  const sizes = TILES.flatMap((tile) =>
    [1, 2, 3, 4].flatMap((n) => [n * tile - 1, n * tile, n * tile, n * tile + 1]),
  ).filter((size) => size >= least && size <= most);
  return fc.constantFrom(...sizes.sort((a, b) => a - b));
}

export const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
