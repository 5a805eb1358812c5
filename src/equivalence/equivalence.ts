/** Whether a rewritten graph computes the same as its source, and how that was found out. */
import type { NodeId, ValueId } from '../../ir/index.ts';

/** Nodes of the source, and those of the rewritten graph that compute the same value in their place. */
export interface Region {
  /** The value that both compute, by its name in the source. */
  readonly value: ValueId;
  /** Its name in the rewritten graph: the same, unless it is an output of the graph that was renamed. */
  readonly rewrittenValue: ValueId;
  /** Values of both graphs, from which both compute it, in the order of the source. */
  readonly inputs: readonly ValueId[];
  /** In the order of the graph, like `rewritten`. Either may be empty: a node that did nothing is gone. */
  readonly source: readonly NodeId[];
  readonly rewritten: readonly NodeId[];
}

/**
 * `maxAbsError`, `tolerance` and `outputScale` are of one and the same comparison: the one whose error is
 * the largest part of its tolerance.
 */
export interface Equivalence {
  readonly ok: boolean;
  /** How far apart the two are there. Infinite where just one is NaN or infinite. */
  readonly maxAbsError: number;
  /** What the rounding of the weights explains, at most; derived from the computation. */
  readonly tolerance: number;
  /** The largest magnitude in the tensor that was compared. */
  readonly outputScale: number;
  /** What was compared: `whole graph and 12 rewritten regions`, or one of them. */
  readonly method: string;
  /** Where that was; null where nothing was compared, since nothing was rewritten. */
  readonly worst: Place | null;
}

export interface Place {
  /** The value compared, by its name in the source. */
  readonly value: ValueId;
  /** The region that computes it; null where the whole graph was compared. */
  readonly region: Region | null;
}

export interface EquivalenceOptions {
  /** Of the generated inputs; 0 unless given. */
  readonly seed?: number;
  /** Told how much of the work is done, 0 to 1. */
  readonly onProgress?: (done: number) => void;
  /**
   * How many roundings to the graph's dtype a weight of the rewritten graph went through: 1, the default,
   * for what `compile` makes. Others combine weights in float32: allow 8 of a file of unknown origin.
   */
  readonly roundings?: number;
  /** What the weights of the rewritten graph are kept in, where that is coarser than the graph's dtype. */
  readonly precision?: Precision;
  /**
   * Whether values of one name are meant to be the same, as `compile` keeps them. If not, and where they
   * are not, the graphs are compared as a whole. True unless given.
   */
  readonly sameNames?: boolean;
}

/** A floating-point format. */
export interface Precision {
  /** The largest relative error of rounding: 2^-11 for float16. */
  readonly unit: number;
  /** The smallest normal number, below which errors are no longer relative: 2^-14 for float16. */
  readonly smallest: number;
}
