/** The most multiply-adds that an adapter does, by the wall clock. */
import type { Device } from '../src/index.ts';
import { makePace } from '../src/runtime/pace.ts';
import { openMultiplyAdds } from '../src/runtime/roofline.ts';
import { encodeSteps } from '../src/runtime/steps.ts';

export interface Peak {
  /** Floating-point operations of one run, two for a multiply-add. */
  readonly flops: number;
  /** One run, in milliseconds; 8 at least. Waits as sessions do. */
  measure(): Promise<number>;
}

export async function preparePeak(device: Device): Promise<Peak> {
  const { gpu, profile, health } = device;
  const { steps, work } = await openMultiplyAdds(device, 'wall');
  const pace = makePace(profile);
  const measure = async () => {
    const encoder = gpu.createCommandEncoder();
    encodeSteps(encoder, steps);
    const commands = encoder.finish();
    const begin = performance.now();
    gpu.queue.submit([commands]);
    await pace.waitFor(() => health.watch(gpu.queue.onSubmittedWorkDone()));
    return performance.now() - begin;
  };
  return { flops: work, measure };
}
