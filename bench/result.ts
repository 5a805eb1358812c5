/** What a run of the benchmark has found. */
import type { ClockKind } from '../src/runtime/clock.ts';
import type { ColdStart } from './cold-start.ts';
import type { Row } from './compare.ts';
import type { LayerRow } from './layers.ts';
import type { Failure } from './measure.ts';
import type { NetworkProfile } from './profile.ts';
import type { Times } from './statistics.ts';
import type { SteadyState } from './steady-state.ts';

/** How one contestant did with one form of a case. */
export interface Timing {
  readonly case: string;
  readonly batch: number;
  /** `tfjs webgpu training`. */
  readonly contestant: string;
  readonly times: Times;
}

export interface BenchResult {
  /** Description of the adapter that all use. */
  readonly adapter: string;
  /** Measured in the rounds of `layers`; two operations for a multiply-add. */
  readonly fmaPeakGflops: number | null;
  readonly rows: readonly Row[];
  readonly layers: readonly LayerRow[];
  /** What those and the peak were timed by. */
  readonly layersClock: ClockKind | null;
  readonly failed: readonly Failure[];
  readonly timings: readonly Timing[];
  readonly coldStarts: readonly ColdStart[];
  readonly steadyState: SteadyState | null;
  /** Only where asked for. */
  readonly profiles: readonly NetworkProfile[];
  readonly machine: Machine;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Of all processes, over the last minute, when the measurement began: busy where above 0.5 or so. */
  readonly loadBefore: number;
  readonly node: string;
  readonly platform: string;
  /** ISO 8601. */
  readonly date: string;
}
