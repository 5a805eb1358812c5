/**
 * Lines of elements that several invocations share, on hardware: each takes every so many elements, and memory of the
 * workgroup brings together what they have. One invocation for a line leaves a card idle where lines are few.
 */
import type { DeviceProfile, Word } from '../plan.ts';
import { indent, u32 } from '../shader.ts';
import { roofline } from './cost.ts';
import { bound } from './workgroup-matmul.ts';

/** Invocations for a line; divisors of a workgroup. */
const LANES = [4, 16, 64];

/** Not more than a line has elements; none where lines are too short. */
export const lanesFor = (size: number): number[] => LANES.filter((lanes) => lanes <= size);

export const refuseShort = (size: number): string | null =>
  lanesFor(size).length === 0 ? `there are only ${size} elements to share out` : null;

export const WORKGROUP = 64;

/** How many there are, of how many elements, by how many invocations each. */
export interface Lines {
  readonly lines: number;
  readonly size: number;
  readonly lanes: number;
}

export const countWorkgroups = ({ lines, lanes }: Lines): number =>
  Math.ceil((lines * lanes) / WORKGROUP);

export const lineWords = ({ lines }: Lines): Word[] => [u32('lines', lines), u32('one', 1)];

/** To go before `main`. */
export const lineMemory = `var<workgroup> parts: array<f32, ${WORKGROUP}>;`;

/** WGSL of `line`, which may be beyond the last, and of `lane`, the invocation's place in it. */
export const findLine = ({
  lanes,
}: Lines): string => `let line = index * ${WORKGROUP / lanes}u + local / ${lanes}u;
let lane = local % ${lanes}u;`;

/** WGSL that makes one value, `name`, of the values that the invocations of a line have. */
export const fold = (
  name: string,
  value: string,
  combine: (a: string, b: string) => string,
  { lanes }: Lines,
  device: DeviceProfile,
): string => `parts[local] = ${value};
workgroupBarrier();
for (var half = ${bound(lanes / 2, device)}; half > 0u; half /= 2u) {
  if (lane < half) {
${indent(`parts[local] = ${combine('parts[local]', 'parts[local + half]')};`, 4)}
  }
  workgroupBarrier();
}
let ${name} = parts[local - lane];`;

export interface LineWork {
  /** How often a line is gone through; from the second time on it is in a cache, eight times as near. */
  readonly passes: number;
  /** How often the values of a line are made one. */
  readonly folds: number;
  /** Operations for an element. */
  readonly flops: number;
  readonly bytes: number;
  /** Distance between the elements of a line. */
  readonly inner: number;
}

/** Operations of an invocation for each halving: two loads, a sum, a store, and the barrier. */
const HALVING = 10;

/** Estimated nanoseconds on hardware. Alone, an invocation has four loads at a time. */
export function estimateLines(all: Lines, work: LineWork): number {
  const { lines, size, lanes } = all;
  const { passes, folds, flops, bytes, inner } = work;
  const rounds = Math.ceil(size / lanes);
  // Elements that are apart come with eight neighbours, of which the workgroup has as many as it has lines.
  const fetched = inner > 1 ? Math.max(1, (8 * lanes) / WORKGROUP) : 1;
  return roofline({
    workgroups: countWorkgroups(all),
    workgroupSize: WORKGROUP,
    flops: lines * lanes * (flops * rounds + folds * HALVING * Math.log2(lanes)),
    bytes,
    cachedBytes: passes * fetched * bytes,
    waits: (lanes > 1 ? rounds + 1 : size / 4) * (1 + (passes - 1) / 8),
  });
}
