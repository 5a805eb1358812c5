/**
 * A plan: everything a session does, as plain data. Lowering makes it, the runtime carries it out, and
 * `printPlan` shows it. It holds no weights, only their names.
 */
import type { NodeId, StaticShape, ValueId } from '../ir/index.ts';
import type { PackingName } from './packing.ts';

/** A place in one of the activation buffers. Offsets and sizes are in bytes; offsets are aligned to 256. */
export interface Region {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
}

/** How numbers are stored on the device. Sums are in float32. */
export type Precision = 'f32' | 'f16';

/** A weight on the device: a constant of the graph, rearranged the way a kernel reads it. */
export interface Weight {
  readonly source: ValueId;
  readonly packing: PackingName;
  readonly type: Precision;
  /** Bytes after packing. */
  readonly bytes: number;
}

/**
 * What one binding of a dispatch refers to; the place in the list is the binding's number in group 0.
 * Regions of activations written to are in another buffer than those read, since WebGPU forbids one
 * buffer as both in a dispatch.
 */
export type Binding =
  | { readonly kind: 'read' | 'write'; readonly value: ValueId; readonly region: Region }
  | { readonly kind: 'weight'; readonly weight: number }
  /** A uniform buffer of 32-bit words: sizes, so that layers of different sizes share a pipeline. */
  | { readonly kind: 'uniform'; readonly words: readonly Word[] };

/** A word of a uniform buffer; `f32` words are given as numbers and stored as float32. */
export interface Word {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
  readonly value: number;
}

/** How a kernel was chosen. */
export interface Selection {
  /** How many candidates were compared. */
  readonly candidates: number;
  /** By its estimated cost, or since it was measured to be the fastest. */
  readonly by: 'estimate' | 'measurement';
}

export interface Dispatch {
  /** The node whose output this computes; errors name it. */
  readonly node: NodeId;
  /** All nodes that it computes: the node itself and those fused into it. */
  readonly covers: readonly NodeId[];
  /** The kernel family, for reading and profiling. */
  readonly kernel: string;
  /** With which parameters, `m8y4x8`; empty where there are none. */
  readonly label: string;
  /** Null where there was nothing to choose, as for a copy. */
  readonly selection: Selection | null;
  /** As in `Step`; 0 where it does something else. */
  readonly conversions: 0 | 1 | 2;
  /** Index into `pipelines`. */
  readonly pipeline: number;
  readonly workgroups: readonly [number, number, number];
  readonly bindings: readonly Binding[];
}

export interface Pipeline {
  /** Equal keys mean equal pipelines, also across plans. */
  readonly key: string;
  readonly wgsl: string;
  /** What each binding of the shader is, in order. */
  readonly layout: readonly ('read' | 'write' | 'uniform')[];
}

/** An input or output of the plan. */
export interface Port {
  readonly name: string;
  readonly shape: StaticShape;
  readonly type: Precision;
  readonly region: Region;
}

export interface Plan {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Sizes of the activation buffers in bytes. */
  readonly buffers: readonly number[];
  readonly weights: readonly Weight[];
  readonly pipelines: readonly Pipeline[];
  readonly dispatches: readonly Dispatch[];
  /** The sum of `buffers`: what the activations need at once. */
  readonly peakBytes: number;
  /** The greatest sum of sizes of activations alive at once: no plan can need less. */
  readonly lowerBoundBytes: number;
}

/** What lowering has to know of the device. */
export interface DeviceProfile {
  readonly limits: {
    readonly maxStorageBuffersPerShaderStage: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxBufferSize: number;
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
    readonly maxComputeWorkgroupSizeX: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly minStorageBufferOffsetAlignment: number;
  };
  /** WebGPU feature names that the device has, such as `subgroups` or `shader-f16`. */
  readonly features: readonly string[];
  /** Invocations of a subgroup where that is known and constant, otherwise null. */
  readonly subgroupSize: number | null;
  /** The least invocations of a subgroup of any kernel; null where there are none, or that is not known. */
  readonly subgroupMinSize: number | null;
  /** Computed by the CPU: it wants other kernels than a GPU. */
  readonly software: boolean;
}

/** A GPU of WebGPU's default limits: every device has at least these. */
export const defaultProfile: DeviceProfile = {
  limits: {
    maxStorageBuffersPerShaderStage: 8,
    maxStorageBufferBindingSize: 134_217_728,
    maxBufferSize: 268_435_456,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    minStorageBufferOffsetAlignment: 256,
  },
  features: [],
  subgroupSize: null,
  subgroupMinSize: null,
  software: false,
};
