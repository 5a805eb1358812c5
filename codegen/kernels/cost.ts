/** What the estimates of kernels are made of. */

/** Nanoseconds for eight lanes on lavapipe; the loads decide. */
export const NS = { vectorLoad: 50, load: 20, multiplyAdd: 0.37, carry: 0.6 };

/** Cores that estimates assume. */
const CORES = 2;

/** Estimated nanoseconds of `groups` workgroups of equal cost. */
export const spreadCost = (groups: number, perGroup: number): number =>
  Math.ceil(groups / CORES) * perGroup;
