/** How long dispatches take: by the device's own timestamps where it has them, otherwise by the wall clock. */
import { ReparamError } from '../../ir/index.ts';
import type { Device } from './device.ts';
import { expectHealthy, expectMapped, expectNone } from './expect.ts';
import type { GpuCommandEncoder } from './gpu-types.ts';
import { makePace } from './pace.ts';
import { encodeSteps, type BoundStep, type PassTimestamps } from './steps.ts';
import { mapForReading, usage } from './webgpu.ts';

export type ClockKind = 'timestamp-query' | 'wall';

/** What is timed as one. */
export interface Timed {
  readonly steps: readonly BoundStep[];
  /** How often it is done in a row. */
  readonly times: number;
}

export interface Clock {
  readonly kind: ClockKind;
  /** Microseconds, as far as has been seen: what takes much longer is measured well. */
  readonly grain: number;
  /**
   * Does all in the order given, after `prepare`. Gives microseconds for each, its repetitions together; 0
   * for what was too short. Rejects with `gpu`, `out-of-memory`, `device-lost` or `closed`.
   */
  read(all: readonly Timed[], prepare?: () => void): Promise<number[]>;
  free(): void;
}

export interface ClockOptions {
  /** How many things it can time at once. */
  readonly most: number;
  /** What is timed, for messages: the name of a plan. */
  readonly name: string;
  /** For tests; by default the best that the device has. */
  readonly kind?: ClockKind | undefined;
}

/** Throws `unsupported` for timestamps that the device does not have. */
export function makeClock(device: Device, options: ClockOptions): Clock {
  const stamps = device.gpu.features.has('timestamp-query');
  const kind = options.kind ?? (stamps ? 'timestamp-query' : 'wall');
  if (kind === 'timestamp-query' && !stamps) {
    const message = 'the device has no timestamps (timestamp-query); take the wall clock';
    throw new ReparamError('unsupported', message, options.name);
  }
  return kind === 'wall' ? wallClock(device, options) : timestampClock(device, options);
}

function encodeTimed(
  encoder: GpuCommandEncoder,
  { steps, times }: Timed,
  timestamps?: PassTimestamps,
): void {
  encodeSteps(encoder, Array<readonly BoundStep[]>(times).fill(steps).flat(), timestamps);
}

/** About what a submission takes by itself. */
const SUBMISSION = 100;

/** Each thing is a submission of its own. */
function wallClock(device: Device, { name }: ClockOptions): Clock {
  const { gpu, health } = device;
  const time = async (act: () => void): Promise<number> => {
    expectHealthy(device);
    const start = performance.now();
    const { problem } = health.guard(act);
    await health.watch(gpu.queue.onSubmittedWorkDone());
    const elapsed = performance.now() - start;
    await expectNone(problem, device, `timing "${name}"`, name);
    expectHealthy(device); // Work on a lost device counts as done.
    return 1000 * elapsed;
  };
  return {
    kind: 'wall',
    grain: SUBMISSION,
    async read(all, prepare = () => {}) {
      const readings: number[] = [];
      await time(prepare);
      for (const one of all) {
        readings.push(await time(() => submit(device, (encoder) => encodeTimed(encoder, one))));
      }
      return readings;
    },
    free() {},
  };
}

/** WebGPU's limit for a query set. */
const MOST_QUERIES = 4096;
/** Bytes of a timestamp; WebGPU wants multiples of 256 for where the results of a query set begin. */
const STAMP = 8;

/** Each thing is a pass of its own, and all are one submission. */
function timestampClock(device: Device, { most, name }: ClockOptions): Clock {
  const { gpu, memory, health } = device;
  const count = 2 * most;
  const request = { owner: `timing "${name}"`, subject: name, bytes: STAMP * count };
  const resolved = memory.allocate({ ...request, usage: usage.queryResolve | usage.copySrc });
  const readback = memory.allocate({ ...request, usage: usage.mapRead | usage.copyDst });
  const { made: sets, problem: refusal } = health.guard(() =>
    Array.from({ length: Math.ceil(count / MOST_QUERIES) }, (_, i) =>
      gpu.createQuerySet({
        type: 'timestamp',
        count: Math.min(MOST_QUERIES, count - i * MOST_QUERIES),
      }),
    ),
  );
  const pace = makePace(device.profile);
  /** Those that any timestamp had. */
  let bits = 0n;

  const encode = (encoder: GPUCommandEncoder, all: readonly Timed[]) => {
    all.forEach((one, i) => {
      const place = (2 * i) % MOST_QUERIES;
      encodeTimed(encoder, one, {
        querySet: sets[Math.floor((2 * i) / MOST_QUERIES)]!,
        beginningOfPassWriteIndex: place,
        endOfPassWriteIndex: place + 1,
      });
    });
    sets.forEach((set, i) => {
      encoder.resolveQuerySet(set, 0, set.count, resolved.buffer, STAMP * MOST_QUERIES * i);
    });
    encoder.copyBufferToBuffer(resolved.buffer, 0, readback.buffer, 0, STAMP * count);
  };

  return {
    kind: 'timestamp-query',
    /** A coarse clock leaves the last bits of all timestamps zero. */
    get grain() {
      return Number(bits & -bits) / 1000;
    },
    async read(all, prepare = () => {}) {
      expectHealthy(device);
      await expectNone(refusal, device, `timing "${name}"`, name);
      await Promise.all([resolved.ready, readback.ready]);
      const { problem } = health.guard(() => {
        prepare();
        submit(device, (encoder) => encode(encoder, all));
      });
      await expectNone(problem, device, `timing "${name}"`, name);
      try {
        await pace.waitFor(() =>
          expectMapped(readback.buffer.mapAsync(mapForReading), device, 'timestamps'),
        );
        const stamps = new BigUint64Array(
          readback.buffer.getMappedRange(0, 2 * STAMP * all.length),
        );
        for (const stamp of stamps) bits |= stamp;
        // WebGPU does not promise that timestamps grow.
        return all.map((_, i) => Math.max(0, Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1000));
      } finally {
        readback.buffer.unmap();
      }
    },
    free() {
      for (const set of sets) set.destroy();
      resolved.free();
      readback.free();
    },
  };
}

function submit({ gpu }: Device, encode: (encoder: GPUCommandEncoder) => void): void {
  const encoder = gpu.createCommandEncoder();
  encode(encoder);
  gpu.queue.submit([encoder.finish()]);
}
