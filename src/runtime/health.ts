/**
 * How a device fails. WebGPU reports an error later than the call that made it, and to whoever opened
 * an error scope around the call; after a device is lost, it reports nothing at all: calls seem to
 * succeed. So all that is awaited of a device goes through here.
 */
import { ReparamError } from '../../ir/index.ts';
import type { GpuDevice, GpuErrorFilter } from './gpu-types.ts';

/** An error of WebGPU, as an error scope caught it. */
export interface Problem {
  readonly kind: GpuErrorFilter;
  readonly message: string;
}

export interface Health {
  /** Why the device is of no more use; null while all is well. */
  readonly failure: ReparamError | null;
  /** The first call decides; all that is watched then rejects. */
  fail(error: ReparamError): void;
  /** Settles as the promise does, or rejects once the device is lost, since the promise may never settle. */
  watch<T>(promise: Promise<T>): Promise<T>;
  /** Makes something, and tells later what was wrong with it, or null. `problem` never rejects. */
  guard<T>(make: () => T): { readonly made: T; readonly problem: Promise<Problem | null> };
}

const filters: readonly GpuErrorFilter[] = ['validation', 'internal', 'out-of-memory'];

export function watchHealth(gpu: GpuDevice): Health {
  let failure: ReparamError | null = null;
  const pending = new Set<(error: ReparamError) => void>();

  const fail = (error: ReparamError) => {
    if (failure !== null) return;
    failure = error;
    for (const reject of pending) reject(error);
    pending.clear();
  };

  // Not Promise.race with one promise of the loss: that would keep what every race waited for.
  const watch = <T>(promise: Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      if (failure !== null) {
        promise.catch(() => {}); // What is mapped on a lost device is aborted later, when nobody listens.
        return reject(failure);
      }
      pending.add(reject);
      promise.then(
        (value) => {
          pending.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          pending.delete(reject);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });

  // Scopes form a stack per device, so they must be pushed and popped without an await between.
  const guard = <T>(make: () => T) => {
    for (const filter of filters) gpu.pushErrorScope(filter);
    let made: T;
    let problem: Promise<Problem | null>;
    try {
      made = make();
    } finally {
      problem = firstProblem(filters.toReversed().map((kind) => popProblem(gpu, kind)));
    }
    return { made, problem };
  };

  void gpu.lost.then(({ reason, message }) => fail(lostError(reason, message)));
  return {
    get failure() {
      return failure;
    },
    fail,
    watch,
    guard,
  };
}

async function popProblem(gpu: GPUDevice, kind: GpuErrorFilter): Promise<Problem | null> {
  try {
    const error = await gpu.popErrorScope();
    return error && { kind, message: tidy(error.message) };
  } catch {
    return null; // The device is lost, which `lost` reports with a reason.
  }
}

async function firstProblem(all: readonly Promise<Problem | null>[]): Promise<Problem | null> {
  return (await Promise.all(all)).find((problem) => problem !== null) ?? null;
}

function lostError(reason: GPUDeviceLostReason, message: string): ReparamError {
  const why = [reason === 'unknown' ? '' : reason, tidy(message)].filter(Boolean).join(': ');
  return new ReparamError('device-lost', `the device was lost: ${why || 'no reason was given'}`);
}

/** Without the places in Dawn's own sources. */
export const tidy = (message: string): string =>
  message
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at .*:\d+\)$/.test(line))
    .join('\n');
