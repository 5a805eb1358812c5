/** The dispatches of a plan as WebGPU takes them. Errors name the node and the kernel. */
import type { Binding, Dispatch, Pipeline, Plan } from '../../codegen/index.ts';
import { ReparamError } from '../../ir/index.ts';
import type { Device } from './device.ts';
import type {
  GpuBindGroup,
  GpuBuffer,
  GpuCommandEncoder,
  GpuComputePipeline,
  GpuQuerySet,
} from './gpu-types.ts';
import { tidy } from './health.ts';
import { paddedSize } from './memory.ts';
import type { CompiledPipeline } from './pipelines.ts';
import { uniformSize } from './requests.ts';

/** What a pass needs of a step. */
export interface BoundStep {
  readonly dispatch: Pick<Dispatch, 'workgroups'>;
  readonly pipeline: GpuComputePipeline;
  readonly bindGroup: GpuBindGroup;
}

export interface Step extends BoundStep {
  readonly dispatch: Dispatch;
}

export interface Buffers {
  readonly activations: readonly GpuBuffer[];
  readonly weights: readonly GpuBuffer[];
  readonly uniforms: GpuBuffer;
  readonly uniformOffsets: ReadonlyMap<Binding, number>;
}

/** The pipelines of the plan, all compiling at the same time. */
export const compileSteps = (plan: Plan, device: Device): Promise<CompiledPipeline[]> =>
  Promise.all(plan.pipelines.map((pipeline, i) => compileStep(plan, pipeline, i, device)));

async function compileStep(plan: Plan, pipeline: Pipeline, index: number, device: Device) {
  try {
    return await device.pipelines.get(pipeline);
  } catch (cause) {
    if (cause instanceof ReparamError) throw cause;
    const message = cause instanceof Error ? tidy(cause.message) : String(cause);
    const first = plan.dispatches.find((dispatch) => dispatch.pipeline === index);
    if (first) throw refusal(first, 'its shader was refused', message, cause);
    throw new ReparamError('gpu', `the pipeline ${pipeline.key} was refused: ${message}`);
  }
}

export async function bindSteps(
  plan: Plan,
  compiled: readonly CompiledPipeline[],
  buffers: Buffers,
  { gpu, health }: Device,
): Promise<Step[]> {
  return Promise.all(
    plan.dispatches.map(async (dispatch) => {
      const { pipeline, layout } = compiled[dispatch.pipeline]!;
      const { made: bindGroup, problem } = health.guard(() =>
        gpu.createBindGroup({
          label: dispatch.node,
          layout,
          entries: dispatch.bindings.map((one, binding) => ({
            binding,
            resource: resource(one, buffers),
          })),
        }),
      );
      const found = await health.watch(problem);
      if (found) throw refusal(dispatch, 'its bindings were refused', found.message);
      return { dispatch, pipeline, bindGroup };
    }),
  );
}

function resource(binding: Binding, buffers: Buffers): GPUBufferBinding {
  if (binding.kind === 'weight') return { buffer: buffers.weights[binding.weight]! };
  if (binding.kind === 'uniform') {
    const offset = buffers.uniformOffsets.get(binding)!;
    return { buffer: buffers.uniforms, offset, size: uniformSize(binding.words) };
  }
  const { buffer, offset, bytes } = binding.region;
  return { buffer: buffers.activations[buffer]!, offset, size: paddedSize(bytes) };
}

/** The places in a query set that get the times at which a pass begins and ends. */
export interface PassTimestamps {
  readonly querySet: GpuQuerySet;
  readonly beginningOfPassWriteIndex: number;
  readonly endOfPassWriteIndex: number;
}

/** Records the dispatches in a pass of their own. */
export function encodeSteps(
  encoder: GpuCommandEncoder,
  steps: readonly BoundStep[],
  timestampWrites?: PassTimestamps,
): void {
  const pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
  let current: GpuComputePipeline | undefined;
  for (const { dispatch, pipeline, bindGroup } of steps) {
    if (pipeline !== current) pass.setPipeline((current = pipeline));
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...dispatch.workgroups);
  }
  pass.end();
}

/**
 * Some errors, such as a buffer bound both to read and to write, or too many workgroups, only show when
 * commands are recorded. Recording all at once costs little; only after an error, one by one, to find
 * the node.
 */
export async function checkSteps(steps: readonly Step[], device: Device): Promise<void> {
  const problem = await record(steps, device);
  if (problem === null) return;
  for (const step of steps) {
    const found = await record([step], device);
    if (found) throw refusal(step.dispatch, 'its dispatch was refused', found.message);
  }
  throw new ReparamError('gpu', `the dispatches were refused: ${problem.message}`);
}

function record(steps: readonly Step[], { gpu, health }: Device) {
  const { problem } = health.guard(() => {
    const encoder = gpu.createCommandEncoder();
    encodeSteps(encoder, steps);
    encoder.finish();
  });
  return health.watch(problem);
}

function refusal({ node, kernel }: Dispatch, what: string, message: string, cause?: unknown) {
  const text = `node "${node}", kernel ${kernel}: ${what}: ${message}`;
  return new ReparamError('gpu', text, node, { cause });
}
