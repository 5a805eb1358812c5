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

export interface Equivalence {
  readonly ok: boolean;
  readonly maxAbsError: number;
  /** What rounding explains, at most; derived from the computation. */
  readonly tolerance: number;
  /** The largest magnitude of what was compared. */
  readonly outputScale: number;
  /** What was compared: `whole graph`, or `12 rewritten regions`. */
  readonly method: string;
}

export interface EquivalenceOptions {
  readonly seed?: number;
  /** Told how much of the work is done, 0 to 1. */
  readonly onProgress?: (done: number) => void;
}
