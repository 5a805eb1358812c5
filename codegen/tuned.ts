/** What a tuner found to be best for a job, and when it still holds. */
import type { Fused } from '../ir/index.ts';
import type { Candidate, Job, Kernel, Operand } from './kernel.ts';
import type { DeviceProfile } from './plan.ts';

/** A candidate by name, with the pipelines that it had when it was measured. */
export interface TunedChoice {
  readonly kernel: string;
  readonly label: string;
  /** Keys of pipelines in the order of the dispatches: another key is another shader, not measured yet. */
  readonly pipelines: readonly string[];
  /** What was tried; who measures adds how each fared. */
  readonly trials?: readonly unknown[];
}

/** Choices by `jobKey`. */
export type TunedChoices = Readonly<Record<string, TunedChoice>>;

/** `conv-tiled m8y4x7`: how a candidate is named, and forced. */
export const candidateName = (kernel: string, { label }: Pick<Candidate, 'label'>): string =>
  label === '' ? kernel : `${kernel} ${label}`;

/**
 * What a choice may depend on, as text to read: the op with its attributes, the shapes of the operands, how they
 * are stored and whether they are constant, whether there is a residual, and the activation. Equal jobs have equal keys,
 * whatever their values are called.
 */
export function jobKey(job: Job): string {
  const { first, node, inputs, output, residual, act, weights, arithmetic: inHalf } = job;
  const attrs = Object.entries(node.attrs)
    .filter(([name]) => name !== 'act' && name !== 'actParams')
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .toSorted();
  const operands = inputs.map(printOperand).join(' ');
  const added = residual ? ` + ${printOperand(residual)}` : '';
  const stored = weights === 'f16' ? ' weights=f16' : '';
  const arithmetic = inHalf === 'f16' ? ' arithmetic=f16' : '';
  const to = output.type === 'f16' ? ' -> f16' : '';
  const before = first ? `${jobKey(first)}, then ` : '';
  return `${before}${node.op} ${operands}${attrs.join('')}${stored}${arithmetic}${added}${printFused(act)}${to}`;
}

const printOperand = (operand: Operand | null): string => {
  if (operand === null) return '-';
  const { kind, packable, shape, type } = operand;
  const stored = type === 'f16' ? 'f16' : '';
  return `${kind === 'activation' ? stored : packable ? 'const' : 'flat'}[${shape.join()}]`;
};

/** The parameters too: some activations have other code for some of them. */
const printFused = ({ act, actParams }: Fused): string => {
  if (act === 'none') return '';
  return actParams.length === 0 ? ` ${act}` : ` ${act}(${actParams.join()})`;
};

/**
 * The job by itself: no operand is another, and the output has memory of its own. Shaders may be simpler
 * where operands coincide; what is best does not change with that.
 */
export function aloneJob<J extends Job>(job: J): J {
  const rename = (operand: Operand | null, id: string) => operand && { ...operand, id };
  return {
    ...job,
    ...(job.first && { first: aloneFirst(job.first) }),
    inputs: job.inputs.map((operand, i) => rename(operand, `x${i}`)),
    residual: rename(job.residual, 'residual'),
    output: { ...job.output, id: 'y' },
    fresh: (hint: string) => hint,
  };
}

/** It shares its image with the job. */
function aloneFirst(job: Job<'conv2d'>): Job<'conv2d'> {
  const alone = aloneJob(job);
  const inputs = alone.inputs.map(
    (one, i) => one && { ...one, id: i === 0 ? 'x0' : `first x${i}` },
  );
  return { ...alone, inputs, output: { ...alone.output, id: 'first y' } };
}

/** The pipelines of a candidate of `aloneJob`. */
export const pipelinesOf = (candidate: Candidate): string[] =>
  candidate.emit().steps.map(({ pipeline }) => pipeline.key);

/** The candidate chosen for the job, if a kernel still offers it as it was measured. */
export function findTuned(
  kernels: readonly Kernel[],
  job: Job,
  device: DeviceProfile,
  choices: TunedChoices,
): { kernel: string; candidate: Candidate; trials: number } | null {
  const key = jobKey(job);
  if (!Object.hasOwn(choices, key)) return null;
  const { kernel: name, label, pipelines, trials = [] } = choices[key]!;
  const find = (one: Job) => {
    const kernel = kernels.find((each) => each.name === name);
    if (!kernel || kernel.refuses(one, device) !== null) return undefined;
    return kernel.candidates(one, device).find((each) => each.label === label);
  };
  const measured = find(aloneJob(job));
  if (!measured || pipelinesOf(measured).join() !== pipelines.join()) return null;
  const candidate = find(job);
  return candidate ? { kernel: name, candidate, trials: trials.length } : null;
}
