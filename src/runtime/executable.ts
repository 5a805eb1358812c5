/** A plan on a device: its buffers, pipelines and bindings, made once and run many times. */
import type { Plan } from '../../codegen/index.ts';
import type { Constant, ValueId } from '../../ir/index.ts';
import type { Device } from './device.ts';
import type { GpuBuffer, GpuCommandEncoder } from './gpu-types.ts';
import type { Allocation } from './memory.ts';
import { activationRequest, layOutUniforms, readbackRequest } from './requests.ts';
import {
  bindSteps,
  checkSteps,
  compileSteps,
  encodeSteps,
  type Buffers,
  type Step,
} from './steps.ts';

export interface Executable {
  /** The buffers that the plan's regions are in. */
  readonly activations: readonly GpuBuffer[];
  /** One for each run that may be under way: room for all outputs, one after the other. */
  readonly readbacks: readonly GpuBuffer[];
  /** The dispatches of the plan, bound. */
  readonly steps: readonly Step[];
  /** Records all dispatches, in one pass. */
  encode(encoder: GpuCommandEncoder): void;
  /** Frees the buffers and gives back the weights. */
  free(): void;
}

/** One on the device while the outputs of the other are read back. */
const RUNS_UNDER_WAY = 2;

/**
 * Makes all that the plan needs. Throws errors that name the node, weight or value concerned, and then
 * leaves nothing behind.
 */
export async function prepare(
  plan: Plan,
  constants: Readonly<Record<ValueId, Constant>>,
  device: Device,
): Promise<Executable> {
  const { memory, health } = device;
  const owned: Allocation[] = [];
  const own = (allocation: Allocation): GpuBuffer => {
    owned.push(allocation);
    return allocation.buffer;
  };
  const free = () => owned.forEach((allocation) => allocation.free());
  try {
    const uniforms = layOutUniforms(plan);
    const buffers: Buffers = {
      activations: plan.buffers.map((_, i) => own(memory.allocate(activationRequest(plan, i)))),
      weights: acquireWeights(plan, constants, device, own),
      uniforms: own(memory.allocate(uniforms.request)),
      uniformOffsets: uniforms.offsets,
    };
    const readbacks = Array.from({ length: RUNS_UNDER_WAY }, () =>
      own(memory.allocate(readbackRequest(plan))),
    );
    const compiling = compileSteps(plan, device);
    await Promise.all([compiling, ...owned.map(({ ready }) => ready)]);
    const steps = await bindSteps(plan, await compiling, buffers, device);
    await checkSteps(steps, device);
    if (health.failure) throw health.failure;
    const encode = (encoder: GpuCommandEncoder) => encodeSteps(encoder, steps);
    return { activations: buffers.activations, readbacks, steps, encode, free };
  } catch (error) {
    free();
    throw error;
  }
}

/** Apart from `prepare`, whose closures live as long as the session and must not hold the constants. */
const acquireWeights = (
  plan: Plan,
  constants: Readonly<Record<ValueId, Constant>>,
  { weights }: Device,
  own: (allocation: Allocation) => GpuBuffer,
): GpuBuffer[] => plan.weights.map((one) => own(weights.acquire(one, constants[one.source]!)));
