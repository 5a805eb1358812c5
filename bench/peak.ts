/** The most multiply-adds that an adapter does, by the wall clock, as everything else here. */
import type { Device } from '../src/index.ts';
import { makeClock } from '../src/runtime/clock.ts';
import { openMultiplyAdds } from '../src/runtime/roofline.ts';

export interface Peak {
  /** Floating-point operations of one run, two for a multiply-add. */
  readonly flops: number;
  /** One run, in milliseconds; 8 at least. */
  measure(): Promise<number>;
}

export async function preparePeak(device: Device): Promise<Peak> {
  const { steps, work } = await openMultiplyAdds(device, 'wall');
  const clock = makeClock(device, { most: 1, name: 'peak', kind: 'wall' });
  const measure = async () => (await clock.read([{ steps, times: 1 }]))[0]! / 1000;
  return { flops: work, measure };
}
