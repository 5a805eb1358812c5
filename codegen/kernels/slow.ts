/** What the kernels cost that take everything: two loads for each multiply-add, one output to an invocation. */
import { elementCount } from '../../ir/index.ts';
import { bytesOf, type Job } from '../kernel.ts';
import { roofline } from './cost.ts';

/** On software; measured: 3.5 ns for each multiply-add on two cores of lavapipe. */
export const slowCost = (macs: number): number => 3.5 * macs;

/** On hardware, where a processor does four multiply-adds in the time of a load. */
export function slowRoofline({ inputs, output }: Job, macs: number): number {
  const size = elementCount(output.shape);
  const read = inputs.reduce((sum, one) => sum + (one ? bytesOf(one) : 0), 0);
  return roofline({
    workgroups: Math.ceil(size / 64),
    workgroupSize: 64,
    flops: 2 * macs,
    bytes: read + bytesOf(output),
    cachedBytes: 4 * macs,
    // Most are in the cache next to the processor, which is some eight times as near.
    waits: macs / size / 8,
    efficiency: 1 / 9,
  });
}
