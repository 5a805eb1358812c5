/**
 * Winograd's minimal filtering F(4x4, 3x3): 36 products for 16 outputs that take 144 otherwise.
 * y = A' [(G w G') * (B' x B)] A for tiles x of 6x6 pixels, where * is element by element.
 * Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015. The points of interpolation
 * are 0, -+sqrt(1/2), -+sqrt(2) and infinity: with those of the paper, 0, -+1 and -+2, errors are larger.
 */

/** Outputs of a tile along one axis. */
export const TILE = 4;
/** Pixels of a tile along one axis. */
export const PATCH = 6;
/** Products of a tile. */
export const FREQUENCIES = PATCH * PATCH;

const p = Math.SQRT1_2;
const q = Math.SQRT2;

/** G, [6, 3]: the filter's polynomial at each point, over what normalises the point. */
const FILTER = [
  [1, 0, 0],
  ...[p, -p].map((at) => [-2 / 3, (-2 / 3) * at, -1 / 3]),
  ...[q, -q].map((at) => [1 / 6, at / 6, 1 / 3]),
  [0, 0, 1],
].flat();

/**
 * G w G' of the 3x3 taps that begin at `taps[from]`: element (i, j) of the 6x6 result is set at
 * `result[to + (6 i + j) step]`. Computed in float64, to be rounded once.
 */
export function transformFilter(
  taps: Float32Array | Float64Array,
  from: number,
  result: Float32Array | Float64Array,
  to: number,
  step: number,
): void {
  const rows = new Float64Array(3);
  for (let i = 0; i < PATCH; i++) {
    const a = FILTER[3 * i]!;
    const b = FILTER[3 * i + 1]!;
    const c = FILTER[3 * i + 2]!;
    for (let k = from; k < from + 3; k++) {
      rows[k - from] = a * taps[k]! + b * taps[k + 3]! + c * taps[k + 6]!;
    }
    for (let j = 0; j < PATCH; j++) {
      const at = to + (i * PATCH + j) * step;
      result[at] =
        FILTER[3 * j]! * rows[0]! + FILTER[3 * j + 1]! * rows[1]! + FILTER[3 * j + 2]! * rows[2]!;
    }
  }
}

/** WGSL of B' d for six values, and of A' m: even and odd powers of a point and of its opposite shared. */
export const transforms = `
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
`;

export const inverse = `
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
`;

/** A transform as matrices: y = A' [(G w G') * (B' x B)] A. */
export interface Transform {
  /** A', [m, m + r - 1] */
  readonly result: readonly (readonly number[])[];
  /** G, [m + r - 1, r] */
  readonly filter: readonly (readonly number[])[];
  /** B', [m + r - 1, m + r - 1] */
  readonly patch: readonly (readonly number[])[];
}

/** F(4x4, 3x3) as the code above computes it. */
export const transform4x4: Transform = {
  result: [
    [1, 1, 1, 1, 1, 0],
    [0, p, -p, q, -q, 0],
    [0, 0.5, 0.5, 2, 2, 0],
    [0, p ** 3, -(p ** 3), q ** 3, -(q ** 3), 1],
  ],
  filter: Array.from({ length: PATCH }, (_, i) => FILTER.slice(3 * i, 3 * i + 3)),
  patch: [
    [1, 0, -2.5, 0, 1, 0],
    [0, -2 * p, -2, p, 1, 0],
    [0, 2 * p, -2, -p, 1, 0],
    [0, -q / 2, -0.5, q, 1, 0],
    [0, q / 2, -0.5, -q, 1, 0],
    [0, 1, 0, -2.5, 0, 1],
  ],
};
