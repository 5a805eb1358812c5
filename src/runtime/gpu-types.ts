/**
 * WebGPU's types, for what this package exports. Who has neither @webgpu/types nor the DOM library has no
 * names for them; there, they are unknown, and our declarations still compile.
 */
type Global = typeof globalThis;

export type GpuDevice = Global extends { GPUDevice: { prototype: infer T } } ? T : unknown;
export type GpuBuffer = Global extends { GPUBuffer: { prototype: infer T } } ? T : unknown;
export type GpuBindGroup = Global extends { GPUBindGroup: { prototype: infer T } } ? T : unknown;
export type GpuBindGroupLayout = Global extends { GPUBindGroupLayout: { prototype: infer T } }
  ? T
  : unknown;
export type GpuCommandEncoder = Global extends { GPUCommandEncoder: { prototype: infer T } }
  ? T
  : unknown;
export type GpuComputePipeline = Global extends { GPUComputePipeline: { prototype: infer T } }
  ? T
  : unknown;
export type GpuQuerySet = Global extends { GPUQuerySet: { prototype: infer T } } ? T : unknown;
export type GpuEntry = Global extends { GPU: { prototype: infer T } } ? T : unknown;

export type GpuPowerPreference = 'low-power' | 'high-performance';
export type GpuErrorFilter = 'validation' | 'out-of-memory' | 'internal';
