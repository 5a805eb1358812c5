/// <reference lib="esnext.disposable" preserve="true" />
/** A device: the GPU, what it can do, and what sessions on it share. */
import type { DeviceProfile } from '../../codegen/index.ts';
import { ReparamError } from '../../ir/index.ts';
import type { GpuDevice, GpuPowerPreference } from './gpu-types.ts';
import { tidy, watchHealth, type Health } from './health.ts';
import { makeMemory, type Memory } from './memory.ts';
import { makePipelineCache, type PipelineCache } from './pipelines.ts';
import { adapterAdvice, findWebGpu } from './webgpu.ts';
import { makeWeightStore, type WeightStore } from './weights.ts';

export interface DeviceOptions {
  /** Which adapter to take where there are several; without it, the system's choice. */
  readonly powerPreference?: GpuPowerPreference;
  /** Hears of errors that no call is waiting for; without it, they are written to the console. */
  readonly onError?: (error: ReparamError) => void;
}

export interface Device {
  /** WebGPU's own object, for code that shares the device. */
  readonly gpu: GpuDevice;
  readonly info: DeviceInfo;
  /** What lowering makes kernels for. */
  readonly profile: DeviceProfile;
  /** Buffers alive, in number and bytes. */
  readonly memory: Memory;
  readonly weights: WeightStore;
  readonly pipelines: PipelineCache;
  /** Whether the device is still of use. */
  readonly health: Health;
  /** Destroys the device at once. Sessions still open on it, and runs under way, fail as `closed`. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Plain data about a device; texts are empty where the system does not tell. */
export interface DeviceInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Computed by the CPU. */
  readonly software: boolean;
  /** WebGPU feature names that are switched on. */
  readonly features: readonly string[];
  /** Counts and bytes, by WebGPU's names. */
  readonly limits: DeviceProfile['limits'];
}

const usefulFeatures = ['subgroups', 'shader-f16', 'timestamp-query'] as const;

/** Asking for the adapter's best; the alignment, at the adapter's, only makes plans more particular. */
const raisedLimits = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const satisfies readonly (keyof DeviceProfile['limits'])[];

/**
 * Opens a device on the system's adapter, with all that the adapter can do. Throws `no-adapter`, with
 * what to install, where there is none.
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { powerPreference, onError = (error) => console.error(error.message) } = options;
  const webGpu = await findWebGpu();
  const adapter = await webGpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new ReparamError('no-adapter', `no WebGPU adapter was found: ${adapterAdvice()}`);
  }
  const gpu = await requestDevice(adapter);
  const health = watchHealth(gpu);
  gpu.addEventListener('uncapturederror', (event) => {
    event.preventDefault(); // Else it would be written to the console in any case.
    onError(new ReparamError('gpu', `an error of WebGPU: ${tidy(event.error.message)}`));
  });
  const memory = makeMemory(gpu, health);
  const profile = profileOf(gpu, adapter.info);
  const close = () => {
    health.fail(new ReparamError('closed', 'the device was closed'));
    gpu.destroy();
  };
  return {
    gpu,
    info: describe(adapter.info, profile),
    profile,
    memory,
    weights: makeWeightStore(memory),
    pipelines: makePipelineCache(gpu, health),
    health,
    close,
    [Symbol.dispose]: close,
  };
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({
      label: 'reparam',
      requiredFeatures: usefulFeatures.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(raisedLimits.map((name) => [name, adapter.limits[name]])),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? tidy(cause.message) : String(cause);
    const message = `the adapter ${adapter.info.description || adapter.info.device} gives no device: ${reason}`;
    throw new ReparamError('no-adapter', message, undefined, { cause });
  }
}

function profileOf({ limits, features }: GPUDevice, info: GPUAdapterInfo): DeviceProfile {
  const { subgroupMinSize: least = 0, subgroupMaxSize: most = 0 } = info;
  const hasSubgroups = features.has('subgroups') && least > 0;
  return {
    limits: {
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      minStorageBufferOffsetAlignment: limits.minStorageBufferOffsetAlignment,
    },
    features: usefulFeatures.filter((feature) => features.has(feature)),
    subgroupSize: hasSubgroups && least === most ? least : null,
    subgroupMinSize: hasSubgroups ? least : null,
    software: isSoftware(info),
  };
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

const isSoftware = ({ isFallbackAdapter, architecture, device, description }: GPUAdapterInfo) =>
  isFallbackAdapter || softwareNames.test(`${architecture} ${device} ${description}`);

function describe(info: GPUAdapterInfo, { limits, features, software }: DeviceProfile): DeviceInfo {
  const { vendor, architecture, device, description } = info;
  return {
    vendor,
    architecture,
    device,
    description,
    software,
    features,
    limits,
  };
}
