/** Compute pipelines: each compiled once per device, whatever the number of sessions that use it. */
import type { Pipeline } from '../../codegen/index.ts';
import type { GpuBindGroupLayout, GpuComputePipeline, GpuDevice } from './gpu-types.ts';
import type { Health } from './health.ts';
import { computeStage } from './webgpu.ts';

export interface CompiledPipeline {
  readonly pipeline: GpuComputePipeline;
  readonly layout: GpuBindGroupLayout;
}

export interface PipelineCache {
  /** Pipelines compiled, or being compiled. */
  readonly count: number;
  /** Rejects with an error that holds the compiler's message, but not whose pipeline it is. */
  get(pipeline: Pipeline): Promise<CompiledPipeline>;
}

const bindingTypes = {
  read: 'read-only-storage',
  write: 'storage',
  uniform: 'uniform',
} as const satisfies Record<string, GPUBufferBindingType>;

export function makePipelineCache(gpu: GpuDevice, health: Health): PipelineCache {
  const known = new Map<string, Promise<CompiledPipeline>>();
  return {
    get count() {
      return known.size;
    },
    get(pipeline) {
      const found = known.get(pipeline.key);
      if (found) return found;
      const compiling = compile(gpu, health, pipeline);
      known.set(pipeline.key, compiling);
      // Another attempt, perhaps with more memory left, should compile again.
      compiling.catch(() => known.delete(pipeline.key));
      return compiling;
    },
  };
}

async function compile(
  gpu: GpuDevice,
  health: Health,
  { key, wgsl, layout: kinds }: Pipeline,
): Promise<CompiledPipeline> {
  const { made, problem } = health.guard(() => {
    const module = gpu.createShaderModule({ code: wgsl, label: key });
    const layout = gpu.createBindGroupLayout({
      label: key,
      entries: kinds.map((kind, binding) => ({
        binding,
        visibility: computeStage,
        buffer: { type: bindingTypes[kind] },
      })),
    });
    return {
      module,
      layout,
      pipelineLayout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
    };
  });
  const { module, layout, pipelineLayout } = made;
  const found = await health.watch(problem);
  if (found) {
    const { messages } = await health.watch(module.getCompilationInfo());
    throw new Error(compilerMessage(messages, wgsl) || found.message);
  }
  const descriptor = { label: key, layout: pipelineLayout, compute: { module } };
  return { layout, pipeline: await health.watch(gpu.createComputePipelineAsync(descriptor)) };
}

function compilerMessage(messages: readonly GPUCompilationMessage[], wgsl: string): string {
  const lines = wgsl.split('\n');
  return messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, linePos, message }) => {
      const line = lines[lineNum - 1]?.trim();
      return `line ${lineNum}:${linePos}: ${message}${line ? `\n    ${line}` : ''}`;
    })
    .join('\n');
}
