/**
 * What a kernel family is. Lowering makes a job of each node; the kernels of the node's op say which
 * candidates they have for it, `choose` takes the cheapest, and the candidate emits its dispatches.
 * A candidate's label is stable, so a tuner may measure candidates and force one by its label.
 */
import { elementCount } from '../ir/index.ts';
import type { Fused, NodeId, NodeOf, OpName, StaticShape, ValueId } from '../ir/index.ts';
import type { PackingName } from './packing.ts';
import type { DeviceProfile, Pipeline, Precision, Word } from './plan.ts';
import type { Transform } from './winograd.ts';

/** What a job reads or writes. */
export interface Operand {
  readonly kind: 'activation' | 'constant';
  /** The value that owns the memory: ops that only rename memory are resolved. */
  readonly id: ValueId;
  /** The shape under which the node sees it. */
  readonly shape: StaticShape;
  /** How its elements are stored; constants in float32, unless `Binder.weights` binds them. */
  readonly type: Precision;
  /** A constant in its own shape, which may be packed; a reshaped one is only good as it stands. */
  readonly packable: boolean;
}

export const elementBytes = (type: Precision): number => (type === 'f16' ? 2 : 4);

/** Bytes that an operand takes, in whole words. */
export const bytesOf = ({ shape, type }: Pick<Operand, 'shape' | 'type'>): number =>
  4 * Math.ceil((elementBytes(type) * elementCount(shape)) / 4);

/** One node, or several fused: y = act(op(inputs) + residual). */
export interface Job<K extends OpName = OpName> {
  readonly node: NodeOf<K>;
  readonly inputs: readonly (Operand | null)[];
  readonly output: Operand;
  /** Added before the activation; has the shape of the output. */
  readonly residual: Operand | null;
  /** Applied last. Ops without a fused activation have `none`. */
  readonly act: Fused;
  /** How its weights should be stored; kernels that cannot load float16 take float32. */
  readonly weights: Precision;
  /** Whether it may multiply in float16, and add up some of the products; all sums are in float32. */
  readonly arithmetic: Precision;
  /**
   * A depthwise convolution that the kernel computes first, and whose output is the 1x1 convolution's input, never
   * stored. The job's first input is then that of the depthwise one.
   */
  readonly first?: Job<'conv2d'>;
  /** A name for a temporary that no value has. */
  readonly fresh: (hint: string) => ValueId;
}

/** A binding before memory is laid out. */
export type StepBinding =
  | { readonly kind: 'read' | 'write'; readonly value: ValueId }
  | {
      readonly kind: 'weight';
      readonly source: ValueId;
      readonly packing: PackingName;
      readonly type: Precision;
    }
  | { readonly kind: 'uniform'; readonly words: readonly Word[] };

/** A dispatch before memory is laid out. */
export interface Step {
  readonly kernel: string;
  /** Its parameters, as in the label of a candidate, or its part in one of several steps. */
  readonly label: string;
  readonly pipeline: Pipeline;
  readonly workgroups: readonly [number, number, number];
  readonly bindings: readonly StepBinding[];
  /**
   * Conversions of a value from one layout into another, an epilogue included, which are all that it does: two where
   * it stands for one into the value's plain layout and one out of it.
   */
  readonly conversions?: 1 | 2;
}

/** What a candidate does: dispatches in order, and values that only they use. */
export interface Emission {
  readonly steps: readonly Step[];
  readonly temporaries: readonly { readonly id: ValueId; readonly bytes: number }[];
}

/** A layout other than its shape's for a value that one job writes and one job reads. */
export interface Layout {
  /** Equal names mean equal layouts. */
  readonly layout: string;
  /** Estimated nanoseconds of a candidate's cost that it does without where the value has this layout. */
  readonly saves: number;
}

export interface Candidate {
  /** Parameters such as tile sizes as a word, `m8y4x8`; empty where there is no choice. */
  readonly label: string;
  /** Estimated nanoseconds, with input and output laid out as their shapes say. */
  readonly cost: number;
  /**
   * Other layouts in which it can take the first input, and leave the output: where one job leaves what the
   * next takes, the value between them is never stored as itself.
   */
  readonly takes?: Layout | null;
  readonly leaves?: Layout | null;
  readonly emit: (between?: Between) => Emission;
}

/** Values in the layouts that a candidate takes and leaves, in place of its first input and its output. */
export interface Between {
  readonly taken?: ValueId | undefined;
  /** To be among the temporaries of the emission. */
  readonly left?: ValueId | undefined;
}

export interface Kernel<K extends OpName = OpName> {
  readonly name: string;
  /** What it computes for which jobs, and why it is fast there. */
  readonly doc: string;
  /** Why it cannot do the job, or null. */
  readonly refuses: (job: Job<K>, device: DeviceProfile) => string | null;
  /**
   * It is taken wherever it does not refuse, whatever the others cost: for kernels that read a packing of
   * their own. What they refuse depends on the layer and the device, not on the sizes of images, so that
   * sessions of several sizes share the weights.
   */
  readonly claims?: true;
  /** The class of devices that it is made for: on others it is only taken where it is forced. */
  readonly madeFor?: 'software' | 'hardware';
  /** It computes on transformed tiles: how exact an output is depends on all that its tile reads. */
  readonly transform?: Transform;
  /** At least one, for a job that is not refused. */
  readonly candidates: (job: Job<K>, device: DeviceProfile) => readonly Candidate[];
}

/** A job, and who may do it. */
export interface OfferedJob {
  readonly job: Job;
  readonly kernels: readonly Kernel[];
  /** The node whose output it computes. */
  readonly node: NodeId;
  /** All nodes that it computes. */
  readonly covers: readonly NodeId[];
}

/** A kernel that takes every job of its ops in one way. */
export const plainKernel = <K extends OpName>(
  name: string,
  doc: string,
  emit: (job: Job<K>, device: DeviceProfile) => Emission,
): Kernel<K> => ({
  name,
  doc,
  refuses: () => null,
  candidates: (job, device) => [{ label: '', cost: 0, emit: () => emit(job, device) }],
});
