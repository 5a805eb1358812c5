/** Depthwise convolutions and the 1x1 convolutions after them: one kernel may compute both. */
import { elementCount, printShape, type Node, type ValueId } from '../ir/index.ts';
import { choose, suits, type Preference } from './choose.ts';
import { bytesOf, type Job, type Kernel, type OfferedJob, type Operand } from './kernel.ts';
import { pairKernels } from './kernels/index.ts';
import type { DeviceProfile } from './plan.ts';

/** A job that does two others at once; its kernels are those for both, and one that stands for doing them apart. */
export interface Pair extends OfferedJob {
  readonly parts: readonly [OfferedJob, OfferedJob];
}

const APART = 'apart';

/**
 * The pairs among the jobs: depthwise convolutions whose output only a 1x1 convolution reads, and that has all
 * places of it. `outputs` are those of the graph.
 */
export function findPairs(jobs: readonly OfferedJob[], outputs: ReadonlySet<ValueId>): Pair[] {
  const readers = new Map<ValueId, OfferedJob[]>();
  for (const one of jobs) {
    for (const operand of [...one.job.inputs, one.job.residual]) {
      if (operand) readers.set(operand.id, [...(readers.get(operand.id) ?? []), one]);
    }
  }
  return jobs.flatMap((first): Pair[] => {
    const { id } = first.job.output;
    const [second, ...others] = readers.get(id) ?? [];
    if (!second || others.length > 0 || outputs.has(id)) return [];
    const isPair = isDepthwise(first.job) && isPointwise(second.job, first.job.output);
    return isPair ? [makePair(first, second)] : [];
  });
}

/** One input and one output channel in each group; what it needs besides the image never changes. */
function isDepthwise({ node, inputs, residual }: Job): boolean {
  const { op, attrs } = node as Node;
  if (op !== 'conv2d' || residual) return false;
  const [image, weights, ...others] = inputs;
  const { group } = attrs;
  return (
    group > 1 &&
    image!.shape[1] === group &&
    weights!.shape[0] === group &&
    [weights!, ...others].every((one) => one === null || one.kind === 'constant')
  );
}

/** Of all places of the output. */
function isPointwise({ node, inputs }: Job, output: Operand): boolean {
  const { op, attrs } = node as Node;
  if (op !== 'conv2d') return false;
  const [image, weights] = inputs;
  const { group, strides, pads } = attrs;
  return (
    image!.id === output.id &&
    printShape(image!.shape) === printShape(output.shape) &&
    group === 1 &&
    elementCount(weights!.shape.slice(2)) === 1 &&
    strides.every((stride) => stride === 1) &&
    pads.every((pad) => pad === 0)
  );
}

function makePair(first: OfferedJob, second: OfferedJob): Pair {
  const depthwise = first.job as Job<'conv2d'>;
  const pointwise = second.job;
  const inputs = [depthwise.inputs[0]!, ...pointwise.inputs.slice(1)];
  return {
    job: { ...pointwise, inputs, first: depthwise },
    kernels: [...pairKernels, apart(first.kernels, second.kernels)] as readonly Kernel[],
    node: second.node,
    covers: [...first.covers, ...second.covers],
    parts: [first, second],
  };
}

/** Both jobs one after the other, each by the kernel that is best by estimate. */
function apart(first: readonly Kernel[], second: readonly Kernel[]): Kernel<'conv2d'> {
  return {
    name: APART,
    doc: 'A kernel for each of the two convolutions.',
    refuses: () => null,
    candidates({ first: depthwise, ...job }, device) {
      const between = depthwise!.output;
      const pointwise = { ...job, inputs: [between, ...job.inputs.slice(1)] };
      const both = [choose(first, depthwise!, device), choose(second, pointwise, device)];
      return [
        {
          label: '',
          cost: both.reduce((sum, { candidate }) => sum + candidate.cost, 0),
          emit() {
            const emissions = both.map(({ candidate }) => candidate.emit());
            return {
              steps: emissions.flatMap(({ steps }) => steps),
              temporaries: [
                { id: between.id, bytes: bytesOf(between) },
                ...emissions.flatMap(({ temporaries }) => temporaries),
              ],
            };
          },
        },
      ];
    },
  };
}

/** Whether there is anything to choose for a job: for a pair, a kernel for both that is made for the device. */
export const isOffered = ({ job, kernels }: OfferedJob, device: DeviceProfile): boolean =>
  !job.first ||
  kernels.some(
    (kernel) =>
      kernel.name !== APART && suits(kernel, device) && kernel.refuses(job, device) === null,
  );

/** The jobs, some of them two at once: where that is chosen, and no kernel is forced for either. */
export function joinPairs(
  jobs: readonly OfferedJob[],
  pairs: readonly Pair[],
  device: DeviceProfile,
  preference: Preference,
): OfferedJob[] {
  const forced = preference.kernel?.split(' ')[0];
  const isForced = ({ kernels }: OfferedJob) => kernels.some(({ name }) => name === forced);
  const joined = pairs.filter(
    ({ job, kernels, parts }) =>
      !parts.some(isForced) && choose(kernels, job, device, preference).kernel !== APART,
  );
  const whole = new Map(joined.map((pair) => [pair.parts[1], pair]));
  const begun = new Set(joined.map((pair) => pair.parts[0]));
  return jobs.filter((one) => !begun.has(one)).map((one) => whole.get(one) ?? one);
}
