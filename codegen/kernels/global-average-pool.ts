/** The mean of each channel, by one invocation or by several. */
import { elementCount } from '../../ir/index.ts';
import { bytesOf, type Emission, type Job, type Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import * as shared from './lines.ts';

type PoolJob = Job<'globalAveragePool'>;

export const globalAveragePool: Kernel<'globalAveragePool'> = {
  name: 'global-average-pool',
  doc: 'The mean over height and width; one invocation for each.',
  refuses: () => null,
  candidates: (job, device) => [
    // On software there is no other.
    { label: '', cost: device.software ? 0 : estimate(job, 1), emit: () => emit(job, device) },
  ],
};

export const globalAveragePoolShared: Kernel<'globalAveragePool'> = {
  name: 'global-average-pool-shared',
  doc: 'The mean over height and width; several invocations for each.',
  madeFor: 'hardware',
  refuses: (job) => shared.refuseShort(planesOf(job, 1).size),
  candidates: (job, device) =>
    shared.lanesFor(planesOf(job, 1).size).map((lanes) => ({
      label: `x${lanes}`,
      cost: estimate(job, lanes),
      emit: () => emitShared(job, lanes, device),
    })),
};

const planesOf = ({ inputs, output }: PoolJob, lanes: number): shared.Lines => ({
  lines: elementCount(output.shape),
  size: elementCount(inputs[0]!.shape.slice(2)),
  lanes,
});

const estimate = (job: PoolJob, lanes: number): number =>
  shared.estimateLines(planesOf(job, lanes), {
    passes: 1,
    folds: 1,
    flops: 1,
    bytes: bytesOf(job.inputs[0]!) + bytesOf(job.output),
    inner: 1,
  });

function emit({ inputs, output }: PoolJob, device: DeviceProfile): Emission {
  const b = binder(device);
  const x = b.read('x', inputs[0]!);
  const y = b.write('y', output);
  const step = b.step({
    kernel: 'global-average-pool',
    words: [u32('plane', elementCount(inputs[0]!.shape.slice(2)))],
    invocations: elementCount(output.shape),
    // Four running sums: shorter chains of rounding, and of waiting.
    body: `
let first = index * p.plane;
var sums = vec4f();
var i = 0u;
for (; i + 4u <= p.plane; i += 4u) {
  let at = first + i;
  sums += vec4f(${x('at')}, ${x('at + 1u')}, ${x('at + 2u')}, ${x('at + 3u')});
}
for (; i < p.plane; i++) {
  sums.x += ${x('first + i')};
}
${y('index', '(sums.x + sums.y + sums.z + sums.w) / f32(p.plane)')};`,
  });
  return { steps: [step], temporaries: [] };
}

function emitShared(job: PoolJob, lanes: number, device: DeviceProfile): Emission {
  const planes = planesOf(job, lanes);
  const b = binder(device);
  const x = b.read('x', job.inputs[0]!);
  const y = b.write('y', job.output);
  const step = b.step({
    kernel: 'global-average-pool-shared',
    label: `x${lanes}`,
    together: true,
    workgroupSize: shared.WORKGROUP,
    words: [u32('plane', planes.size), ...shared.lineWords(planes)],
    invocations: shared.countWorkgroups(planes),
    functions: shared.lineMemory,
    body: `
${shared.findLine(planes)}
let first = min(line, p.lines - 1u) * p.plane;
var sum = 0.0;
for (var i = lane; i < p.plane; i += ${lanes}u) {
  sum += ${x('first + i')};
}
${shared.fold('total', 'sum', (a, z) => `${a} + ${z}`, planes, device)}
if (lane == 0u && line < p.lines) {
  ${y('line', 'total / f32(p.plane)')};
}`,
  });
  return { steps: [step], temporaries: [] };
}
