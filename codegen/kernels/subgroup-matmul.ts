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

export interface MatmulCode {
  /** WGSL expressions of four elements: `quad` counts them within the tile, `k` may be beyond the last. */
  readonly loadSpread: string;
  readonly loadShared: string;
  /** WGSL that stores `value`, the four elements of `quad` for element `s` of the shared operand. */
  readonly store: string;
}

/**
 * Loops over k below p.depth. The bounds of the loops that load are constants: drivers that unroll them keep
 * what they load in registers, and a loop of a bound unknown takes lavapipe four times as long.
 */
export function matmulBody(tile: MatmulTile, lanes: number, code: MatmulCode): string {
  const { vectors, shared } = tile;
  const quads = shared / 4;
  const loads = sharedLoads(tile, lanes);
  const tiles = range(shared).flatMap((s) => range(vectors).map((j) => ({ s, j })));
  const broadcast = (s: number, u: number) => {
    const at = u * quads + Math.floor(s / 4);
    return `subgroupBroadcast(b[${Math.floor(at / lanes)}][${s % 4}], ${at % lanes}u)`;
  };
  const products = range(shared).map((s) => {
    const lets = range(UNROLL).map((u) => `let s${s}_${u} = ${broadcast(s, u)};`);
    const sums = range(vectors).map((j) => {
      const terms = range(UNROLL).map((u) => `a[${u * vectors + j}] * s${s}_${u}`);
      return `a${s}_${j} += ${terms.join(' + ')};`;
    });
    return [...lets, ...sums].join('\n');
  });
  return `
var a: array<vec4f, ${UNROLL * vectors}>;
var b: array<vec4f, ${loads}>;
${tiles.map(({ s, j }) => `var a${s}_${j} = vec4f();`).join('\n')}
for (var first = 0u; first < p.depth; first += ${UNROLL}u) {
  for (var i = 0u; i < ${UNROLL * vectors}u; i++) {
    let k = first + i / ${vectors}u;
    let quad = i % ${vectors}u * ${lanes}u + lane;
    a[i] = select(vec4f(), ${code.loadSpread}, k < p.depth);
  }
  for (var i = 0u; i < ${loads}u; i++) {
    let k = first + (i * ${lanes}u + lane) / ${quads}u;
    let quad = (i * ${lanes}u + lane) % ${quads}u;
    b[i] = select(vec4f(), ${code.loadShared}, k < p.depth);
  }
${indent(products.join('\n'))}
}
var out: array<vec4f, ${shared * vectors}>;
${tiles.map(({ s, j }) => `out[${s * vectors + j}] = a${s}_${j};`).join('\n')}
for (var i = 0u; i < p.results; i++) {
  let s = i / ${vectors}u;
  let quad = i % ${vectors}u * ${lanes}u + lane;
  let value = out[i];
${indent(code.store)}
}`;
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
