/** The second dispatch of a sum that was split over workgroups: its parts added up, and what comes after. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import { bytesOf, type Job, type Operand, type Step } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import { roofline } from './cost.ts';

const WORKGROUP = 64;

/**
 * y = act(sum of the parts + bias + residual). The parts, one after the other, have the output's layout, which is
 * [images, outputs, plane].
 */
export function addParts(
  kernel: string,
  { inputs, output, residual, act }: Job<'conv2d'> | Job<'linear'>,
  parts: Operand,
  { count, plane }: { readonly count: number; readonly plane: number },
  device: DeviceProfile,
): Step {
  const bias = inputs[2];
  const b = binder(device);
  const x = b.read('parts', parts);
  const shift = bias ? ` + ${b.read('bias', bias)('index / p.plane % p.outputs')}` : '';
  const add = residual ? ` + ${b.read('residual', residual)('index')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  return b.step({
    kernel,
    label: 'sums',
    workgroupSize: WORKGROUP,
    words: [
      u32('parts', count),
      u32('outputs', inputs[1]!.shape[0]!),
      u32('plane', plane),
      ...words,
    ],
    invocations: elementCount(output.shape),
    functions,
    body: `
var sum = ${x('index')};
for (var part = 1u; part < p.parts; part++) {
  sum += ${x('part * p.count + index')};
}
${y('index', apply(`sum${shift}${add}`))};`,
  });
}

/** Estimated nanoseconds of that dispatch. */
export function estimateSums({ output, residual }: Job, count: number): number {
  const size = elementCount(output.shape);
  return roofline({
    workgroups: Math.ceil(size / WORKGROUP),
    workgroupSize: WORKGROUP,
    flops: size * count,
    bytes: 4 * size * count + bytesOf(output) * (residual ? 2 : 1),
  });
}
