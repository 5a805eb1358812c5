/**
 * Matrix products by workgroups, for hardware: a workgroup has a tile of outputs, and for some k at a time
 * copies what the tile needs of both operands to its shared memory, from where each invocation takes them for
 * its own part of the tile, in registers.
 */
import type { DeviceProfile, Word } from '../plan.ts';
import { indent, u32 } from '../shader.ts';
import { CARD, type Work } from './cost.ts';
import { range } from './tile.ts';

/**
 * The outputs of a workgroup, and those of an invocation. `rows` is a multiple of 4; the invocations are a
 * multiple of `n`, so that each loads for one column alone, and divide 4 m and 16 n, what they load in a step.
 */
export interface WorkgroupTile {
  readonly m: number;
  readonly n: number;
  readonly rows: number;
  readonly columns: number;
  /** Products, and their sums within a step, in float16; both operands are stored so. */
  readonly inHalf?: true;
  /** Without shared memory: groups of so many lanes of a subgroup spread the rows. It divides n / columns. */
  readonly lanes?: number;
}

/** 16 to 64 accumulators in an invocation, 64 or 128 invocations. */
export const gemmTiles: readonly WorkgroupTile[] = [
  { m: 16, n: 64, rows: 4, columns: 4 },
  { m: 32, n: 32, rows: 4, columns: 4 },
  { m: 64, n: 16, rows: 4, columns: 4 },
  { m: 64, n: 32, rows: 8, columns: 4 },
  { m: 64, n: 64, rows: 8, columns: 4 },
  { m: 128, n: 64, rows: 8, columns: 8 },
];

/** k in a step. */
export const STEP = 16;

export const invocationsOf = ({ m, n, rows, columns }: WorkgroupTile): number =>
  (m / rows) * (n / columns);

/** `64x32`; `64x32k4` where the sum over k is split into four; `64x32h` in float16, `64x32s8` by eight lanes. */
export const gemmLabel = ({ m, n, inHalf, lanes }: WorkgroupTile, splits = 1): string =>
  [`${m}x${n}`, splits > 1 && `k${splits}`, inHalf && 'h', lanes && `s${lanes}`]
    .filter(Boolean)
    .join('');

/** Into how many parts of whole steps a sum over `depth` may be split, without very short ones. */
export const splitsOf = (depth: number): number[] =>
  [1, 2, 4, 8, 16].filter((splits) => splits === 1 || depth >= 4 * STEP * splits);

/** How a sum over k is split: k of a part, and the number of parts, none of which is empty. */
export interface Split {
  readonly chunk: number;
  readonly parts: number;
}

export function splitDepth(depth: number, splits: number): Split {
  const chunk = Math.ceil(depth / splits / STEP) * STEP;
  return { chunk, parts: Math.ceil(depth / chunk) };
}

export interface WorkgroupCode {
  /** Which index the rows' operand has innermost, in memory: neighbours in a workgroup load neighbours. */
  readonly innermost: 'k' | 'row';
  /** A WGSL expression: four rows at `quad` of the tile, for `k`, which is below p.depth. */
  readonly loadRows: string;
  /** WGSL of what all loads of an invocation have in common: its `column` is below p.columns. */
  readonly prepare: string;
  /** WGSL statements that give `loaded`, the element of that column for `k`, which is below p.depth. */
  readonly loadColumn: string;
  /** Four where `loaded` is a vector of as many columns from `column` on; p.columns is then a multiple. */
  readonly span?: 4 | undefined;
  /** WGSL that stores `value`: four rows from `outRow` on of `outColumn`, which may all be beyond the last. */
  readonly store: string;
}

/** Words that the template reads, apart from p.chunk. */
export const gemmWords = (rows: number, columns: number, depth: number): Word[] => [
  u32('rows', rows),
  u32('columns', columns),
  u32('depth', depth),
  u32('one', 1),
];

/**
 * The bound of a loop. GPUs unroll loops of constant bounds, so that arrays and vectors stay in registers; on
 * software, compiling them unrolled takes many times as long, so there the driver is not to know the bound.
 */
export const bound = (count: number, { software }: DeviceProfile): string =>
  software ? `${count}u * p.one` : `${count}u`;

/** The shared memory, to go before `main`. */
export function gemmShared(tile: WorkgroupTile): string {
  const { scalar, vector } = elementsOf(tile);
  return `
var<workgroup> sharedRows: array<${vector}, ${(STEP * tile.m) / 4}>;
var<workgroup> sharedColumns: array<${scalar}, ${STEP * tile.n}>;`;
}

/** WGSL types of what is multiplied. */
const elementsOf = ({ inHalf }: WorkgroupTile) =>
  inHalf ? { scalar: 'f16', vector: 'vec4<f16>' } : { scalar: 'f32', vector: 'vec4f' };

/**
 * The product for the tile at `firstRow`, `firstColumn`, over k from `begin` to `end`.
 */
export function gemmBody(tile: WorkgroupTile, code: WorkgroupCode, device: DeviceProfile): string {
  const { m, n } = tile;
  const size = invocationsOf(tile);
  const across = n / tile.columns;
  const [quads, mine] = [m / 4, tile.rows / 4];
  const isByRow = code.innermost === 'row';
  const { span = 1 } = code;
  const spans = n / span;
  const place = isByRow
    ? `let quad = i % ${quads}u;\nlet k = min(first + i / ${quads}u, p.depth - 1u);`
    : `let quad = i / ${STEP}u;\nlet k = min(first + i % ${STEP}u, p.depth - 1u);`;
  const rowAt = (q: number) =>
    isByRow ? `k * ${quads}u + myQuad + ${q}u` : `(myQuad + ${q}u) * ${STEP}u + k`;
  const sums = range(mine).flatMap((q) => range(tile.columns).map((c) => ({ q, c })));
  const { scalar, vector } = elementsOf(tile);
  // In float16 a step has sums of its own: few products, so that little is lost before float32.
  const own = tile.inHalf ? 'part' : 'sum';
  const begin = tile.inHalf ? sums.map(({ q, c }) => `  var part${q}_${c} = vec4<f16>();\n`) : [];
  const end = tile.inHalf
    ? sums.map(({ q, c }) => `  sum${q}_${c} += vec4f(part${q}_${c});\n`)
    : [];
  const toShared = (value: string, type: string) => (tile.inHalf ? `${type}(${value})` : value);
  const loadRows = `
${place}
sharedRows[i] = ${toShared(code.loadRows, vector)};`;
  const store = ({ q, c }: { q: number; c: number }) => `{
  let value = sum${q}_${c};
  let outRow = firstRow + (myQuad + ${q}u) * 4u;
  let outColumn = firstColumn + myColumn + ${c * across}u;
${indent(code.store)}
}`;
  /** Statements for each of `count` elements `i`, shared out among the invocations. */
  const copyLoop = (
    count: number,
    statements: string,
  ) => `  for (var j = 0u; j < ${bound(count / size, device)}; j++) {
    let i = local + j * ${size}u;
${indent(statements, 4)}
  }`;
  return `
let myColumn = local % ${across}u;
let myQuad = local / ${across}u * ${mine}u;
let column = min(firstColumn + local % ${spans}u${span === 1 ? '' : ' * 4u'}, p.columns - ${span}u);
${code.prepare.trim()}
${sums.map(({ q, c }) => `var sum${q}_${c} = vec4f();`).join('\n')}
for (var first = begin; first < end; first += ${STEP}u) {
${copyLoop((STEP * m) / 4, loadRows)}
${copyLoop(
  STEP * spans,
  `
let unbounded = first + i / ${spans}u;
let k = min(unbounded, p.depth - 1u);
${code.loadColumn.trim()}
${range(span)
  .map((e) => {
    const [at, value] = span === 1 ? ['i', 'loaded'] : [`i * 4u + ${e}u`, `loaded[${e}]`];
    return `sharedColumns[${at}] = ${toShared(`select(0.0, ${value}, unbounded < p.depth)`, scalar)};`;
  })
  .join('\n')}`,
)}
  workgroupBarrier();
${begin.join('')}  for (var k = 0u; k < ${bound(STEP, device)}; k++) {
${range(mine)
  .map((q) => `    let a${q} = sharedRows[${rowAt(q)}];`)
  .join('\n')}
${range(tile.columns)
  .map((c) => `    let b${c} = sharedColumns[k * ${n}u + myColumn + ${c * across}u];`)
  .join('\n')}
${sums.map(({ q, c }) => `    ${own}${q}_${c} += a${q} * b${c};`).join('\n')}
  }
${end.join('')}  workgroupBarrier();
}
${sums.map(store).join('\n')}`;
}

/** What an element of a column takes: loads, and multiply-adds. */
export interface Gather {
  readonly loads: number;
  readonly products: number;
}

/** What elements take: bytes as they are stored, and what gathering those of columns does. */
interface Elements {
  readonly ofRow?: number;
  readonly ofColumn?: number;
  readonly gather?: Gather | undefined;
}

/** What the card has to do for `batch` such products, the sum of each in `parts`; `bytes` are for the kernel. */
export function gemmWork(
  tile: WorkgroupTile,
  { rows, columns, depth }: { rows: number; columns: number; depth: number },
  batch: number,
  parts: number,
  { ofRow = 4, ofColumn = 4, gather = { loads: 1, products: 0 } }: Elements = {},
): Omit<Work, 'bytes'> {
  const { m, n, inHalf, lanes } = tile;
  const tiles = Math.ceil(rows / m) * Math.ceil(columns / n) * batch;
  const steps = Math.ceil(depth / STEP);
  // Loads from shared memory, of which a processor does as many as a quarter of its multiply-adds: a vector of
  // rows is the same for neighbours and counts once. Of rows that lanes spread each takes a shuffle, which is as slow,
  // and the lane's share of loading them.
  const ofRows = tile.rows * (lanes ? 1 + 1 / lanes : 1 / 4);
  const loads = ((inHalf ? 2 : 4) * (ofRows + tile.columns)) / (tile.rows * tile.columns);
  return {
    workgroups: tiles * parts,
    workgroupSize: invocationsOf(tile),
    sums: tile.rows * tile.columns,
    // In float16 as many operations more at once; the sums of a step are converted and added.
    flops: 2 * tiles * steps * STEP * m * n * (inHalf ? 1 / CARD.halves + 1 / STEP : 1),
    waits: Math.ceil(steps / parts),
    cachedBytes: tiles * steps * STEP * (ofRow * m + ofColumn * n * gather.loads),
    // They overlap in part. What is gathered is for m multiply-adds, and a load takes as long as four.
    efficiency: 1 / (1 + loads / 2 + (gather.products + 4 * (gather.loads - 1)) / m),
  };
}
