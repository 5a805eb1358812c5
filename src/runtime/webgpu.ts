/** Finding WebGPU: the browser's own, or Dawn in Node. */
import { ReparamError } from '../../ir/index.ts';
import type { GpuEntry } from './gpu-types.ts';

/** Values that the WebGPU specification fixes; Node has no globals for them. */
export const usage = {
  mapRead: 0x0001,
  copySrc: 0x0004,
  copyDst: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
  queryResolve: 0x0200,
} as const;
export const computeStage = 0x4;
export const mapForReading = 0x1;

/**
 * Dawn in Node, kept until the process ends: if it is collected while devices of it are still known,
 * Dawn processes their events on freed memory. It does not keep the process from ending.
 */
let dawn: GpuEntry | undefined;

/**
 * Coarse timestamps keep web pages from spying through them; in Node, where programs have precise clocks
 * anyway, they would only spoil profiles. On devices that nobody profiles, it changes nothing.
 */
const features = ['disable-dawn-features=timestamp_quantization'];

/** The entry point to WebGPU. Throws `no-adapter` where there is none. */
export async function findWebGpu(): Promise<GpuEntry> {
  // Absent in Node before 21, and without `gpu` in a browser that has WebGPU switched off.
  const { navigator } = globalThis as { navigator?: { gpu?: GpuEntry } };
  if (navigator?.gpu) return navigator.gpu;
  if (!runsInNode()) throw new ReparamError('no-adapter', noWebGpuInBrowser);
  const create = await loadDawn();
  return (dawn ??= create(features));
}

// In a variable, so that a bundler for the browser does not follow it.
const dawnPackage = 'webgpu';

async function loadDawn(): Promise<(options: string[]) => GpuEntry> {
  try {
    const loaded: unknown = await import(/* @vite-ignore */ /* webpackIgnore: true */ dawnPackage);
    return (loaded as { create: (options: string[]) => GpuEntry }).create;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReparamError(
      'no-adapter',
      `the package "webgpu", which brings WebGPU to Node, does not load here ` +
        `(${process.platform} ${process.arch}): ${reason}. It has binaries for Linux and Windows ` +
        `(x64, arm64) and for macOS; on other platforms, use reparam in a browser`,
      dawnPackage,
      { cause },
    );
  }
}

export const runsInNode = (): boolean =>
  typeof process === 'object' && Boolean(process.versions?.node);

const noWebGpuInBrowser =
  'this browser has no WebGPU; use a recent Chrome or Edge (113 or later), Safari (26 or later) or ' +
  'Firefox (141 or later), on a page served over https or from localhost';

/** What to do where there is WebGPU but no adapter. */
export function adapterAdvice(): string {
  if (!runsInNode()) {
    return 'switch on hardware acceleration in the settings of the browser, or update its GPU driver';
  }
  if (process.platform !== 'linux') return 'install or update the driver of your GPU';
  return (
    'install the Vulkan driver of your GPU, or a software one: on Debian 12 mesa-vulkan-drivers from ' +
    'bookworm-backports (its own Mesa 22.3 is too old for Dawn), on later Debian and on Ubuntu ' +
    'mesa-vulkan-drivers'
  );
}
