/** Running what was prepared: inputs up, one submission, outputs down. */
import type { Plan } from '../../codegen/index.ts';
import { elementCount, Tensor } from '../../ir/index.ts';
import { narrowToWords, widenHalf } from '../formats/half.ts';
import type { Device } from './device.ts';
import type { Executable } from './executable.ts';
import { expectHealthy, expectMapped, expectNone } from './expect.ts';
import type { GpuBuffer } from './gpu-types.ts';
import type { Problem } from './health.ts';
import { paddedSize } from './memory.ts';
import { makePace } from './pace.ts';
import { readbackOffsets } from './requests.ts';
import { mapForReading } from './webgpu.ts';

/** Data for each input of the plan, in order. */
type Data = readonly Float32Array[];

export interface Runner {
  /** `readback` is the number of a buffer that no other run under way has. */
  run(data: Data, readback: number): Promise<Record<string, Tensor>>;
  /** Milliseconds. */
  measure(data: Data): Promise<number>;
  /** Writes the inputs to the device. */
  upload(data: Data): void;
  /** The same numbers between -1 and 1 each time. */
  noise(): Data;
}

export function makeRunner(plan: Plan, executable: Executable, device: Device): Runner {
  const { gpu, health } = device;
  const { activations, readbacks } = executable;
  const offsets = readbackOffsets(plan);
  const pace = makePace(device.profile);
  let noise: Data | null = null;

  const upload = (data: Data) =>
    plan.inputs.forEach(({ region, type }, i) => {
      const contents = type === 'f16' ? narrowToWords(data[i]!) : data[i]!;
      gpu.queue.writeBuffer(
        activations[region.buffer]!,
        region.offset,
        contents as Float32Array<ArrayBuffer>,
      );
    });

  const submit = (finish: (encoder: GPUCommandEncoder) => void) => {
    const encoder = gpu.createCommandEncoder({ label: plan.name });
    executable.encode(encoder);
    finish(encoder);
    gpu.queue.submit([encoder.finish()]);
  };

  const copyOutputs = (encoder: GPUCommandEncoder, readback: GpuBuffer) =>
    plan.outputs.forEach(({ region }, i) => {
      const size = paddedSize(region.bytes);
      encoder.copyBufferToBuffer(
        activations[region.buffer]!,
        region.offset,
        readback,
        offsets[i]!,
        size,
      );
    });

  const expectRan = (problem: Promise<Problem | null>) =>
    expectNone(problem, device, `running "${plan.name}"`, plan.name);

  const readOutputs = (readback: GpuBuffer): Record<string, Tensor> =>
    Object.fromEntries(
      plan.outputs.map(({ name, shape, type, region }, i) => {
        const mapped = readback.getMappedRange(offsets[i]!, paddedSize(region.bytes));
        const count = elementCount(shape);
        const halves = type === 'f16' && new Uint8Array(mapped, 0, 2 * count);
        const data = halves ? widenHalf(halves) : new Float32Array(mapped.slice(0, 4 * count));
        return [name, new Tensor(shape, data)];
      }),
    );

  return {
    async run(data, index) {
      expectHealthy(device);
      const readback = readbacks[index]!;
      const { problem } = health.guard(() => {
        upload(data);
        submit((encoder) => copyOutputs(encoder, readback));
      });
      await expectRan(problem);
      try {
        await pace.waitFor(() =>
          expectMapped(readback.mapAsync(mapForReading), device, 'the outputs'),
        );
        return readOutputs(readback);
      } finally {
        readback.unmap();
      }
    },
    async measure(data) {
      expectHealthy(device);
      upload(data);
      await health.watch(gpu.queue.onSubmittedWorkDone());
      const start = performance.now();
      const { problem } = health.guard(() => submit(() => {}));
      await pace.waitFor(() => health.watch(gpu.queue.onSubmittedWorkDone()));
      const elapsed = performance.now() - start;
      await expectRan(problem);
      expectHealthy(device); // Work on a lost device counts as done.
      return elapsed;
    },
    upload,
    noise: () => (noise ??= plan.inputs.map(({ shape }) => makeNoise(elementCount(shape)))),
  };
}

function makeNoise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
