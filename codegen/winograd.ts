/**
 * Winograd's minimal filtering F(m x m, 3x3): y = A' [(G w G') * (B' x B)] A for tiles x of m + 2 by m + 2 pixels,
 * where * is element by element. Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015.
 */

/** One such algorithm: its matrices, and what kernels need to compute with them. */
export interface Transform {
  /** A', [m, m + 2] */
  readonly result: readonly (readonly number[])[];
  /** G, [m + 2, 3] */
  readonly filter: readonly (readonly number[])[];
  /** B', [m + 2, m + 2] */
  readonly patch: readonly (readonly number[])[];
  /** m: outputs of a tile along one axis. */
  readonly tile: number;
  /** m + 2: pixels of a tile along one axis. */
  readonly side: number;
  /** Products of a tile. */
  readonly frequencies: number;
  /** How weights are stored: as G w G'. */
  readonly packing: 'winograd' | 'winograd2';
  /** Roundings of an element, at most, in `transformPatch` and `transformProducts` together. */
  readonly roundings: number;
  /** WGSL of B' d: `transformPatch`, of arrays of vec4f. */
  readonly transformPatch: string;
  /** WGSL of A' m: `transformProducts`, of arrays of vec4f. */
  readonly transformProducts: string;
}

/** Outputs of a tile of F(4x4, 3x3) along one axis. */
export const TILE = 4;
/** Pixels of a tile along one axis. */
export const PATCH = 6;
/** Products of a tile. */
export const FREQUENCIES = PATCH * PATCH;

const p = Math.SQRT1_2;
const q = Math.SQRT2;

/**
 * F(4x4, 3x3): 36 products for 16 outputs that take 144 otherwise. The points of interpolation are 0, -+sqrt(1/2),
 * -+sqrt(2) and infinity: with those of the paper, 0, -+1 and -+2, errors are larger. In code, even and odd powers
 * of a point and of its opposite are shared.
 */
export const transform4x4: Transform = {
  result: [
    [1, 1, 1, 1, 1, 0],
    [0, p, -p, q, -q, 0],
    [0, 0.5, 0.5, 2, 2, 0],
    [0, p ** 3, -(p ** 3), q ** 3, -(q ** 3), 1],
  ],
  // The filter's polynomial at each point, over what normalises the point.
  filter: [
    [1, 0, 0],
    ...[p, -p].map((at) => [-2 / 3, (-2 / 3) * at, -1 / 3]),
    ...[q, -q].map((at) => [1 / 6, at / 6, 1 / 3]),
    [0, 0, 1],
  ],
  patch: [
    [1, 0, -2.5, 0, 1, 0],
    [0, -2 * p, -2, p, 1, 0],
    [0, 2 * p, -2, -p, 1, 0],
    [0, -q / 2, -0.5, q, 1, 0],
    [0, q / 2, -0.5, -q, 1, 0],
    [0, 1, 0, -2.5, 0, 1],
  ],
  tile: TILE,
  side: PATCH,
  frequencies: FREQUENCIES,
  packing: 'winograd',
  roundings: 9,
  transformPatch: `
fn transformPatch(d: array<vec4f, 6>) -> array<vec4f, 6> {
  let even1 = d[4] - 2.0 * d[2];
  let odd1 = ${p} * (d[3] - 2.0 * d[1]);
  let even2 = d[4] - 0.5 * d[2];
  let odd2 = ${q} * (d[3] - 0.5 * d[1]);
  return array<vec4f, 6>(
    d[0] - 2.5 * d[2] + d[4],
    even1 + odd1,
    even1 - odd1,
    even2 + odd2,
    even2 - odd2,
    d[1] - 2.5 * d[3] + d[5],
  );
}
`,
  transformProducts: `
fn transformProducts(m: array<vec4f, 6>) -> array<vec4f, 4> {
  let even1 = m[1] + m[2];
  let odd1 = m[1] - m[2];
  let even2 = m[3] + m[4];
  let odd2 = m[3] - m[4];
  return array<vec4f, 4>(
    m[0] + even1 + even2,
    ${p} * odd1 + ${q} * odd2,
    0.5 * even1 + 2.0 * even2,
    ${p ** 3} * odd1 + ${q ** 3} * odd2 + m[5],
  );
}
`,
};

/** F(2x2, 3x3): 16 products for 4 outputs that take 36 otherwise. The points are 0, 1, -1 and infinity. */
export const transform2x2: Transform = {
  result: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
  filter: [
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0, 0, 1],
  ],
  patch: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  tile: 2,
  side: 4,
  frequencies: 16,
  packing: 'winograd2',
  roundings: 3,
  transformPatch: `
fn transformPatch(d: array<vec4f, 4>) -> array<vec4f, 4> {
  return array<vec4f, 4>(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]);
}
`,
  transformProducts: `
fn transformProducts(m: array<vec4f, 4>) -> array<vec4f, 2> {
  return array<vec4f, 2>(m[0] + m[1] + m[2], m[1] - m[2] - m[3]);
}
`,
};

/**
 * G w G' of the 3x3 taps that begin at `taps[from]`, G row by row in `filter`: element (i, j) of the result, n by n,
 * is set at `result[to + (n i + j) step]`. Computed in float64, to be rounded once.
 */
export function transformFilter(
  filter: readonly number[],
  taps: Float32Array | Float64Array,
  from: number,
  result: Float32Array | Float64Array,
  to: number,
  step: number,
): void {
  const side = filter.length / 3;
  const rows = new Float64Array(3);
  for (let i = 0; i < side; i++) {
    const a = filter[3 * i]!;
    const b = filter[3 * i + 1]!;
    const c = filter[3 * i + 2]!;
    for (let k = from; k < from + 3; k++) {
      rows[k - from] = a * taps[k]! + b * taps[k + 3]! + c * taps[k + 6]!;
    }
    for (let j = 0; j < side; j++) {
      const at = to + (i * side + j) * step;
      result[at] =
        filter[3 * j]! * rows[0]! + filter[3 * j + 1]! * rows[1]! + filter[3 * j + 2]! * rows[2]!;
    }
  }
}
