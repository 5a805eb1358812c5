/** Softmax along any axis: exp(x - max) / sum of exp(x - max), each line by one invocation or by several. */
import { elementCount } from '../../ir/index.ts';
import { resolveAxis } from '../../ir/ops/softmax.ts';
import { bytesOf, type Emission, type Job, type Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, u32 } from '../shader.ts';
import * as shared from './lines.ts';

type SoftmaxJob = Job<'softmax'>;

export const softmax: Kernel<'softmax'> = {
  name: 'softmax',
  doc: 'One invocation for each line.',
  refuses: () => null,
  candidates: (job, device) => [
    // On software there is no other.
    { label: '', cost: device.software ? 0 : estimate(job, 1), emit: () => emit(job, device) },
  ],
};

export const softmaxShared: Kernel<'softmax'> = {
  name: 'softmax-shared',
  doc: 'Several invocations for each line.',
  madeFor: 'hardware',
  refuses: (job) => shared.refuseShort(axisOf(job).size),
  candidates: (job, device) =>
    shared.lanesFor(axisOf(job).size).map((lanes) => ({
      label: `x${lanes}`,
      cost: estimate(job, lanes),
      emit: () => emitShared(job, lanes, device),
    })),
};

/** Elements of a line, and the distance between them. */
function axisOf({ node, output: { shape } }: SoftmaxJob): { size: number; inner: number } {
  const axis = resolveAxis(node.attrs.axis, shape.length, node.id);
  return { size: shape[axis]!, inner: elementCount(shape.slice(axis + 1)) };
}

function linesOf(job: SoftmaxJob, lanes: number): shared.Lines {
  const { size } = axisOf(job);
  return { lines: elementCount(job.output.shape) / size, size, lanes };
}

const estimate = (job: SoftmaxJob, lanes: number): number =>
  shared.estimateLines(linesOf(job, lanes), {
    passes: 3,
    folds: 2,
    // Two exponentials, of some ten operations.
    flops: 20,
    bytes: bytesOf(job.inputs[0]!) + bytesOf(job.output),
    inner: axisOf(job).inner,
  });

const firstOf = (line: string) => `${line} / p.inner * p.size * p.inner + ${line} % p.inner`;

function emit(job: SoftmaxJob, device: DeviceProfile): Emission {
  const b = binder(device);
  const x = b.read('x', job.inputs[0]!);
  const y = b.write('y', job.output);
  const { size, inner } = axisOf(job);
  const step = b.step({
    kernel: 'softmax',
    words: [u32('size', size), u32('inner', inner)],
    invocations: elementCount(job.output.shape) / size,
    body: `
let first = ${firstOf('index')};
let end = first + p.size * p.inner;
var greatest = ${x('first')};
for (var i = first; i < end; i += p.inner) {
  greatest = max(greatest, ${x('i')});
}
var total = 0.0;
for (var i = first; i < end; i += p.inner) {
  total += exp(max(${x('i')} - greatest, -80.0));
}
for (var i = first; i < end; i += p.inner) {
  ${y('i', `exp(max(${x('i')} - greatest, -80.0)) / total`)};
}`,
  });
  return { steps: [step], temporaries: [] };
}

function emitShared(job: SoftmaxJob, lanes: number, device: DeviceProfile): Emission {
  const b = binder(device);
  const x = b.read('x', job.inputs[0]!);
  const y = b.write('y', job.output);
  const { size, inner } = axisOf(job);
  const lines = linesOf(job, lanes);
  const each = (statement: string) => `for (var i = lane; i < p.size; i += ${lanes}u) {
  let at = first + i * p.inner;
  ${statement};
}`;
  const step = b.step({
    kernel: 'softmax-shared',
    label: `x${lanes}`,
    together: true,
    workgroupSize: shared.WORKGROUP,
    words: [u32('size', size), u32('inner', inner), ...shared.lineWords(lines)],
    invocations: shared.countWorkgroups(lines),
    functions: shared.lineMemory,
    // A lane without elements begins with the first, which changes nothing.
    body: `
${shared.findLine(lines)}
let own = min(line, p.lines - 1u);
let first = ${firstOf('own')};
var most = ${x('first')};
${each(`most = max(most, ${x('at')})`)}
${shared.fold('greatest', 'most', (a, z) => `max(${a}, ${z})`, lines, device)}
workgroupBarrier();
var sum = 0.0;
${each(`sum += exp(max(${x('at')} - greatest, -80.0))`)}
${shared.fold('total', 'sum', (a, z) => `${a} + ${z}`, lines, device)}
if (line >= p.lines) {
  return;
}
${each(y('at', `exp(max(${x('at')} - greatest, -80.0)) / total`))}`,
  });
  return { steps: [step], temporaries: [] };
}
