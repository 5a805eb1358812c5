/** The one place where buffers of the device are made: each has an owner, whom errors name. */
import { ReparamError } from '../../ir/index.ts';
import type { GpuBuffer, GpuDevice } from './gpu-types.ts';
import type { Health } from './health.ts';

export interface Allocation {
  readonly buffer: GpuBuffer;
  /** Rejects with `out-of-memory`, or another error, that names the owner. */
  readonly ready: Promise<void>;
  /** Destroys the buffer; a second call does nothing. */
  free(): void;
}

export interface Memory {
  /** Buffers alive. */
  readonly buffers: number;
  /** Their sum in bytes. */
  readonly bytes: number;
  /**
   * A buffer of at least `bytes`, filled with `contents` or zeros. `owner` reads well after "for";
   * `subject` is the node, weight or value it belongs to. Throws `limit` where no buffer can be so large.
   */
  allocate(request: Request): Allocation;
}

export interface Request {
  readonly owner: string;
  readonly subject: string;
  readonly bytes: number;
  readonly usage: number;
  readonly contents?: Float32Array | Uint8Array;
}

/** WebGPU copies whole words, and a binding cannot be empty. */
export const paddedSize = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

export function makeMemory(gpu: GpuDevice, health: Health): Memory {
  let buffers = 0;
  let bytes = 0;

  /** Apart from `allocate`, whose closures live as long as the buffer and must not hold its contents. */
  const create = (size: number, { owner, usage, contents }: Request) =>
    health.guard(() => {
      const made = gpu.createBuffer({ size, usage, label: owner });
      // A buffer that could not be made swallows the write.
      if (contents) gpu.queue.writeBuffer(made, 0, contents as Float32Array<ArrayBuffer>);
      return made;
    });

  const allocate = (request: Request): Allocation => {
    const { owner, subject, bytes: wanted } = request;
    if (health.failure) throw health.failure;
    const size = paddedSize(wanted);
    const most = gpu.limits.maxBufferSize;
    if (size > most) {
      const message = `${inMiB(size)} for ${owner} are more than a buffer of this device can hold (${inMiB(most)})`;
      throw new ReparamError('limit', message, subject);
    }
    const { made: buffer, problem } = create(size, request);
    buffers++;
    bytes += size;
    let live = true;
    const free = () => {
      if (!live) return;
      live = false;
      buffers--;
      bytes -= size;
      buffer.destroy();
    };
    const ready = health.watch(problem).then((found) => {
      if (found === null) return;
      if (found.kind !== 'out-of-memory') {
        throw new ReparamError('gpu', `the buffer for ${owner}: ${found.message}`, subject);
      }
      const message = `the device has no ${inMiB(size)} left for ${owner}: ${found.message}`;
      throw new ReparamError('out-of-memory', message, subject);
    });
    // Whoever frees before looking must not bring the process down.
    ready.catch(() => {});
    return { buffer, ready, free };
  };

  return {
    get buffers() {
      return buffers;
    },
    get bytes() {
      return bytes;
    },
    allocate,
  };
}

const inMiB = (bytes: number): string =>
  `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 0)} MiB`;
