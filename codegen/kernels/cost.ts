/** What the estimates of kernels are made of, for each class of devices. */

/** Software: nanoseconds for eight lanes on lavapipe; the loads decide. */
export const NS = { vectorLoad: 50, load: 20, multiplyAdd: 0.37, carry: 0.6 };

/**
 * The same in kernels that take one row of a window at a time: loads overlap with the products of the other
 * thread of a core, and a sum that crosses the end of the loop is loaded, blended and stored.
 */
export const STEP_NS = { vectorLoad: 24, load: 17, multiplyAdd: 0.37, carry: 1.07 };

/** Cores that estimates assume. */
const CORES = 2;

/** Estimated nanoseconds of `groups` workgroups of equal cost. */
export const spreadCost = (groups: number, perGroup: number): number =>
  Math.ceil(groups / CORES) * perGroup;

/**
 * Hardware: a card of 10 TFLOP/s and 400 GB/s. Only the order of estimates matters, and it is much the same
 * for cards whose processors are as starved for memory.
 */
export const CARD = {
  processors: 40,
  /** Invocations that a processor can hold. */
  invocations: 2048,
  /** Invocations that hide most latencies of a processor; half of them where each has several sums. */
  hiding: 512,
  /** Operations in a nanosecond. */
  flops: 10_000,
  /** Operations in float16 in the time of one in float32: two in a register. */
  halves: 2,
  /** Bytes from memory in a nanosecond, and from the cache that all processors share. */
  bytes: 400,
  cachedBytes: 1600,
  /** Nanoseconds until what was loaded is there and worked up. */
  latency: 500,
  /** Nanoseconds to start a dispatch that depends on the one before. */
  launch: 4000,
} as const;

/** What a dispatch does on hardware. */
export interface Work {
  readonly workgroups: number;
  readonly workgroupSize: number;
  /** Sums of an invocation that do not wait for one another; 1. */
  readonly sums?: number;
  /** Operations, those wasted at the borders of tiles too. */
  readonly flops: number;
  /** Each buffer once. */
  readonly bytes: number;
  /** All that workgroups load, most of it from a cache. */
  readonly cachedBytes?: number;
  /** Rounds of loads in an invocation, each of which waits for the one before; 1. */
  readonly waits?: number;
  /** Share of the peak that the innermost loop reaches when nothing is amiss; 1. */
  readonly efficiency?: number;
}

/** The share of the card that a dispatch makes use of: few workgroups, or small ones, leave some of it idle. */
export function utilisation({ workgroups, workgroupSize, sums = 1 }: Work): number {
  const rounds = Math.ceil(workgroups / CARD.processors);
  const balance = workgroups / (rounds * CARD.processors);
  const independent = rounds * workgroupSize * Math.min(sums, 2);
  return balance * Math.min(1, independent / CARD.hiding);
}

/** Estimated nanoseconds on the card: the slowest of arithmetic, memory, and waiting. */
export function roofline(work: Work): number {
  const { flops, bytes, cachedBytes = 0, waits = 1, efficiency = 1 } = work;
  const arithmetic = flops / (CARD.flops * efficiency);
  const memory = Math.max(bytes / CARD.bytes, cachedBytes / CARD.cachedBytes);
  const busy = Math.max(arithmetic, memory) / utilisation(work);
  return CARD.launch + Math.max(busy, waits * CARD.latency);
}
