/** What the estimates of kernels are made of. */

/** Nanoseconds for eight lanes on lavapipe; the loads decide. */
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
