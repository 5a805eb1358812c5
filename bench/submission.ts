/** How long the device takes for a submission, by the wall clock. */
import type { Device } from '../src/index.ts';
import { makePace } from '../src/runtime/pace.ts';

/** Milliseconds of what `encode` encodes, each time it is called; waits as sessions do. */
export function makeSubmissionTimer(
  { gpu, profile }: Device,
  encode: (encoder: GPUCommandEncoder) => void,
): () => Promise<number> {
  const pace = makePace(profile);
  return async () => {
    const encoder = gpu.createCommandEncoder();
    encode(encoder);
    const commands = encoder.finish();
    const begin = performance.now();
    gpu.queue.submit([commands]);
    await pace.waitFor(() => gpu.queue.onSubmittedWorkDone());
    return performance.now() - begin;
  };
}
