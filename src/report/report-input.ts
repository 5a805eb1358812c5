/** What a report is made of. All of it is data that an optimisation has at its end. */
import type { Graph } from '../../ir/index.ts';
import type { Event } from '../../passes/index.ts';
import type { Equivalence } from '../equivalence/index.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import type { LayerProfile } from '../profile/index.ts';
import type { Profile } from '../runtime/index.ts';

export interface ReportInput {
  /** What was optimised, as the heading of the page: `mobileone.train.onnx`. */
  readonly title: string;
  /** File names to show, with sizes in bytes. */
  readonly files?: { readonly source?: ReportFile; readonly plain?: ReportFile };
  /**
   * The graph before and after. Figures of layers are computed from these; for exact ones fix open
   * sizes first (`specialise`), otherwise an open batch counts as 1 and any other open size as 56. Layers
   * with open sizes that only an opaque node tells are not counted.
   */
  readonly source: Graph;
  readonly plain: Graph;
  /** `Compiled.log`. */
  readonly log: readonly Event[];
  /** Nodes of the file that stayed as they are; they are in neither graph. */
  readonly opaque?: readonly OpaqueNode[];
  /** Names of the file's own outputs; by default all of the graph's that no opaque node reads. */
  readonly outputs?: readonly string[] | undefined;
  readonly before: ReportStats;
  readonly after: ReportStats;
  /** Absent where nothing was checked; the page says so. */
  readonly equivalence?: Equivalence | undefined;
  /** What is wrong with the weights, a sentence for each tensor. */
  readonly warnings?: readonly string[];
  /** What the layers of each form take, where that was measured. */
  readonly profile?: ReportProfile | undefined;
  /** How long the optimisation took, the check included. */
  readonly seconds: number;
}

export interface ReportProfile {
  /** Where it was measured: `NVIDIA L4, Vulkan`. */
  readonly device: string;
  /** How, for each form. */
  readonly source?: FormProfile;
  readonly plain?: FormProfile;
}

/** `Session.profile`, by layer: `profileLayers`. */
export interface FormProfile extends Omit<Profile, 'dispatches'> {
  readonly layers: readonly LayerProfile[];
}

export interface ReportFile {
  readonly name: string;
  readonly bytes?: number;
}

export interface ReportStats {
  readonly nodes: number;
  readonly convs: number;
  /** Default 0. */
  readonly transposedConvs?: number | undefined;
  readonly batchNorms: number;
  readonly params: number;
  /** Multiply-adds of one run. */
  readonly macs: number;
  /** Undefined where it is not known, as with open sizes. */
  readonly peakActivationBytes?: number | undefined;
}
