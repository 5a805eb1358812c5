/**
 * The tiles of `workgroup-matmul.ts` without copies in shared memory, for subgroups of any size: each invocation
 * loads its columns itself, in vectors of four. The rows are the same for a group of lanes: they share out the k of
 * a step, and each gives what it loaded to the others when its turn comes.
 */
import type { DeviceProfile } from '../plan.ts';
import { indent } from '../shader.ts';
import { range } from './tile.ts';
import { bound, STEP, type WorkgroupTile } from './workgroup-matmul.ts';

export type ShuffledTile = WorkgroupTile & { readonly lanes: number };

export const isShuffled = (tile: WorkgroupTile): tile is ShuffledTile => tile.lanes !== undefined;

/** 16 to 64 accumulators, 64 invocations; `columns` is a multiple of four. */
const TILES: readonly WorkgroupTile[] = [
  { m: 16, n: 64, rows: 4, columns: 4 },
  { m: 32, n: 32, rows: 4, columns: 4 },
  { m: 64, n: 16, rows: 4, columns: 4 },
  { m: 32, n: 64, rows: 8, columns: 4 },
  { m: 64, n: 32, rows: 8, columns: 4 },
  { m: 64, n: 64, rows: 8, columns: 8 },
];

/** Why a device cannot run such kernels, or null. Profiles made without types may lack what came later. */
export const refuseShuffles = ({ features, subgroupMinSize }: DeviceProfile): string | null =>
  features.includes('subgroups') && typeof subgroupMinSize === 'number'
    ? null
    : 'the device has no subgroups';

/** As many lanes as the least subgroup has, or as a row of the tile has invocations. */
export function shuffledTiles(device: DeviceProfile): ShuffledTile[] {
  if (refuseShuffles(device) !== null) return [];
  const most = device.subgroupMinSize!;
  return TILES.map((tile) => ({ ...tile, lanes: Math.min(most, tile.n / tile.columns) }));
}

/** How columns are loaded, four that follow each other at a time. */
export interface ColumnQuads {
  /** A WGSL expression of the index for the first k; it may use `column`, a multiple of four below p.columns. */
  readonly start: string;
  /** How far the index moves for the next k. */
  readonly stride: string;
  /** The WGSL expression of the vector at an index. */
  readonly load: (index: string) => string;
}

export interface ShuffledCode {
  /** A WGSL expression: four rows at `quad` of the tile, for `k`, which is below p.depth. */
  readonly loadRows: string;
  readonly columns: ColumnQuads;
  /** WGSL that stores `value`: of `outRow` the four columns from `outColumn` on, which may be beyond the last. */
  readonly storeRow: string;
}

/** The product for the tile at `firstRow`, `firstColumn`, over k from `begin` to `end`, of p.depth in all. */
export function shuffledBody(
  tile: ShuffledTile,
  depth: number,
  { loadRows, columns, storeRow }: ShuffledCode,
  device: DeviceProfile,
): string {
  const { lanes } = tile;
  const across = tile.n / tile.columns;
  const quads = range(tile.rows / 4);
  const strips = range(tile.columns / 4);
  const sums = quads.flatMap((q) => range(tile.columns).map((c) => ({ q, c })));
  const turns = range(STEP / lanes);
  const rows = turns.flatMap((t) => quads.map((q) => ({ t, q })));
  // Beyond the last k, products with zeros.
  const isWhole = depth % STEP === 0;
  const loadColumns = (s: number) => {
    const vector = columns.load(
      `at${s} + ${isWhole ? 'k' : 'min(k, p.depth - 1u)'} * ${columns.stride}`,
    );
    return isWhole ? vector : `select(vec4f(), ${vector}, k < p.depth)`;
  };
  return `
let myColumn = local % ${across}u;
let myQuad = local / ${across}u * ${quads.length}u;
${strips
  .map(
    (s) => `let column${s} = firstColumn + (myColumn + ${s * across}u) * 4u;
var at${s}: u32;
{
  let column = min(column${s}, (p.columns - 1u) / 4u * 4u);
  at${s} = ${columns.start};
}`,
  )
  .join('\n')}
${sums.map(({ q, c }) => `var sum${q}_${c} = vec4f();`).join('\n')}
for (var first = begin; first < end; first += ${STEP}u) {
${rows
  .map(
    ({ t, q }) => `  var rows${t}_${q}: vec4f;
  {
    let quad = myQuad + ${q}u;
    let k = min(first + ${t * lanes}u + lane - firstLane, p.depth - 1u);
    rows${t}_${q} = ${loadRows};
  }`,
  )
  .join('\n')}
${turns
  .map(
    (t) => `  for (var c = 0u; c < ${bound(lanes, device)}; c++) {
    let k = first + ${t * lanes}u + c;
${quads.map((q) => `    let a${q} = subgroupShuffle(rows${t}_${q}, firstLane + c);`).join('\n')}
${strips.map((s) => `    let b${s} = ${loadColumns(s)};`).join('\n')}
${sums.map(({ q, c }) => `    sum${q}_${c} += a${q} * b${Math.floor(c / 4)}[${c % 4}];`).join('\n')}
  }`,
  )
  .join('\n')}
}
${quads
  .flatMap((q) => strips.flatMap((s) => range(4).map((e) => ({ q, s, e }))))
  .map(
    ({ q, s, e }) => `{
  let value = vec4f(${range(4)
    .map((c) => `sum${q}_${4 * s + c}[${e}]`)
    .join(', ')});
  let outRow = firstRow + (myQuad + ${q}u) * 4u + ${e}u;
  let outColumn = column${s};
${indent(storeRow)}
}`,
  )
  .join('\n')}`;
}
