/** The most multiply-adds that an adapter does, by the wall clock, as everything else here. */
import type { Device } from '../src/index.ts';
import { openMultiplyAdds } from '../src/runtime/roofline.ts';
import { encodeSteps } from '../src/runtime/steps.ts';
import { makeSubmissionTimer } from './submission.ts';

export interface Peak {
  /** Floating-point operations of one run, two for a multiply-add. */
  readonly flops: number;
  /** One run, in milliseconds; 8 at least. */
  measure(): Promise<number>;
}

export async function preparePeak(device: Device): Promise<Peak> {
  const { steps, work } = await openMultiplyAdds(device, 'wall');
  const measure = makeSubmissionTimer(device, (encoder) => encodeSteps(encoder, steps));
  return { flops: work, measure };
}
