/**
 * Matrix products by subgroups: a subgroup has a tile of outputs in its registers. One operand is spread
 * over the lanes, four elements in each; of the other, loaded the same way, every element is broadcast.
 * So a load of a vector serves many multiply-adds, and the lanes load nothing twice.
 */
import type { DeviceProfile, Word } from '../plan.ts';
import { indent, u32 } from '../shader.ts';
import { NS } from './cost.ts';
import { range } from './tile.ts';

export interface MatmulTile {
  /** Which operand is spread over the lanes: the one with the weights has its rows spread. */
  readonly spread: 'rows' | 'columns';
  /** Vectors of the operand spread in each lane, for one k. */
  readonly vectors: number;
  /** Elements of the operand broadcast, for one k; a multiple of 4. */
  readonly shared: number;
}

/** k in a step of the loop: an accumulator that crosses its end costs as much as two products. */
const UNROLL = 2;

/** Why a device cannot run such kernels, or null. */
export function refuseSubgroups({ features, subgroupSize }: DeviceProfile): string | null {
  if (!features.includes('subgroups')) return 'the device has no subgroups';
  if (subgroupSize === null) return 'subgroups of the device differ in size';
  return subgroupSize < 4 || subgroupSize > 16
    ? `a tile would be too large for subgroups of ${subgroupSize}`
    : null;
}

/** Rows and columns of a tile. */
export function tileSize({ spread, vectors, shared }: MatmulTile, lanes: number) {
  const width = 4 * vectors * lanes;
  return spread === 'rows' ? { m: width, n: shared } : { m: shared, n: width };
}

/** `columns2x32`: two vectors of columns in each lane, by 32 rows. */
export const matmulLabel = ({ spread, vectors, shared }: MatmulTile): string =>
  `${spread}${vectors}x${shared}`;

/** Vectors of outputs in a lane: `p.results`, in a uniform so that drivers do not unroll what stores them. */
export const matmulResults = ({ vectors, shared }: MatmulTile): Word =>
  u32('results', vectors * shared);

/** Vector loads of the shared operand in a step. */
const sharedLoads = ({ shared }: MatmulTile, lanes: number) =>
  Math.ceil((UNROLL * shared) / 4 / lanes);

/** How the four elements at `quad` of the tile are loaded, for one k. */
export interface MatmulOperand {
  /** A WGSL expression of the index for the first k; it may use `quad`. */
  readonly start: string;
  /** How far the index moves for the next k. */
  readonly stride: string;
  /** The WGSL expression that loads the elements; it may use `quad` and the index, `at`. */
  readonly load: string;
}

export interface MatmulCode {
  readonly spread: MatmulOperand;
  readonly shared: MatmulOperand;
  /** WGSL that stores `value`: of row `r` of the tile the four columns at `quad`. */
  readonly store: string;
}

/**
 * Loops over the k below p.depth, which is `depth`. The bounds of the loops that load are constants: drivers
 * that unroll them keep what they load in registers, and a loop of a bound unknown takes lavapipe four times
 * as long. Indices are carried along, which is cheaper than to compute them in each step.
 */
export function matmulBody(
  tile: MatmulTile,
  lanes: number,
  depth: number,
  code: MatmulCode,
): string {
  const { vectors, shared } = tile;
  const quads = shared / 4;
  const loads = sharedLoads(tile, lanes);
  const broadcast = (s: number, u: number) => {
    const at = u * quads + Math.floor(s / 4);
    return `subgroupBroadcast(b[${Math.floor(at / lanes)}][${s % 4}], ${at % lanes}u)`;
  };
  const products = range(shared).map((s) => {
    const lets = range(UNROLL).map((u) => `let s${s}_${u} = ${broadcast(s, u)};`);
    // A sum for each product: with one for all of an accumulator, lavapipe takes 3 % longer.
    const sums = range(vectors).flatMap((j) =>
      range(UNROLL).map((u) => `a${s}_${j} += a[${u * vectors + j}] * s${s}_${u};`),
    );
    return [...lets, ...sums].join('\n');
  });
  // An odd depth leaves half a step.
  const load = (operand: MatmulOperand, k: string) =>
    depth % UNROLL === 0
      ? operand.load
      : `select(vec4f(), ${operand.load}, first + ${k} < p.depth)`;
  return `
var a: array<vec4f, ${UNROLL * vectors}>;
var b: array<vec4f, ${loads}>;
var toSpread: array<u32, ${vectors}>;
var toShared: array<u32, ${loads}>;
for (var i = 0u; i < ${vectors}u; i++) {
  let quad = i * ${lanes}u + lane;
  toSpread[i] = ${code.spread.start};
}
for (var i = 0u; i < ${loads}u; i++) {
  let quad = (i * ${lanes}u + lane) % ${quads}u;
  let start = ${code.shared.start};
  toShared[i] = start + (i * ${lanes}u + lane) / ${quads}u * ${code.shared.stride};
}
${accumulatorsOf(tile)
  .map((name) => `var ${name} = vec4f();`)
  .join('\n')}
for (var first = 0u; first < p.depth; first += ${UNROLL}u) {
  for (var i = 0u; i < ${UNROLL * vectors}u; i++) {
    let quad = i % ${vectors}u * ${lanes}u + lane;
    let at = toSpread[i % ${vectors}u] + i / ${vectors}u * ${code.spread.stride};
    a[i] = ${load(code.spread, `i / ${vectors}u`)};
  }
  for (var i = 0u; i < ${vectors}u; i++) {
    toSpread[i] += ${UNROLL}u * ${code.spread.stride};
  }
  for (var i = 0u; i < ${loads}u; i++) {
    let quad = (i * ${lanes}u + lane) % ${quads}u;
    let at = toShared[i];
    b[i] = ${load(code.shared, `(i * ${lanes}u + lane) / ${quads}u`)};
    toShared[i] += ${UNROLL}u * ${code.shared.stride};
  }
${indent(products.join('\n'))}
}
${storeResults(tile, lanes, code.store)}`;
}

const accumulatorsOf = ({ vectors, shared }: MatmulTile): string[] =>
  range(shared).flatMap((s) => range(vectors).map((j) => `a${s}_${j}`));

/** Vectors of columns: as they are, or, where rows are spread, of four accumulators. */
function storeResults(tile: MatmulTile, lanes: number, store: string): string {
  const { spread, vectors, shared } = tile;
  const results =
    spread === 'columns'
      ? accumulatorsOf(tile)
      : range(shared / 4).flatMap((q) =>
          range(vectors).flatMap((j) =>
            range(4).map(
              (c) =>
                `vec4f(${range(4)
                  .map((s) => `a${4 * q + s}_${j}[${c}]`)
                  .join(', ')})`,
            ),
          ),
        );
  const place =
    spread === 'columns'
      ? `
let r = i / ${vectors}u;
let quad = i % ${vectors}u * ${lanes}u + lane;`
      : `
let r = (i / 4u % ${vectors}u * ${lanes}u + lane) * 4u + i % 4u;
let quad = i / ${4 * vectors}u;`;
  return `
var out: array<vec4f, ${shared * vectors}>;
${results.map((result, i) => `out[${i}] = ${result};`).join('\n')}
for (var i = 0u; i < p.results; i++) {
${indent(place)}
  let value = out[i];
${indent(store)}
}`.trim();
}

/** Nanoseconds of a load of four elements of each operand. */
export interface MatmulLoads {
  readonly spread: number;
  readonly shared: number;
}

/** Estimated nanoseconds of a tile, its stores apart. */
export function matmulCost(
  tile: MatmulTile,
  lanes: number,
  depth: number,
  { spread, shared }: MatmulLoads = { spread: NS.vectorLoad, shared: NS.vectorLoad },
): number {
  const loads = UNROLL * tile.vectors * spread + sharedLoads(tile, lanes) * shared;
  const products = 4 * tile.vectors * tile.shared;
  const step = loads + products * (UNROLL * NS.multiplyAdd + NS.carry);
  return (Math.ceil(depth / UNROLL) * step * lanes) / 8;
}
