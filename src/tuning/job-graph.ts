/** A job by itself: a graph of nothing else, and data for it. */
import type { Job, Operand, Precision } from '../../codegen/index.ts';
import { elementCount, GraphBuilder, Tensor } from '../../ir/index.ts';
import type { Graph, Node, ValueId } from '../../ir/index.ts';
import { termsOf } from '../equivalence/bounded.ts';
import { uniform } from '../equivalence/samples.ts';

/** The values of a job's operands. */
export interface JobData {
  readonly inputs: readonly (Tensor | null)[];
  readonly residual: Tensor | null;
}

/** How many products make an element of the output. */
export const termsOfJob = ({ node, inputs }: Job): number =>
  termsOf(
    node as Node,
    inputs.map((operand) => operand && operand.shape),
  );

/**
 * Always the same for a job: of both signs and nowhere near zero, so that nothing hides a mistake, and weights
 * such that sums of many products are about 1, where activations are not flat.
 */
export function randomData(job: Job): JobData {
  const hasWeights = ['conv2d', 'convTranspose2d', 'linear'].includes(job.node.op);
  const scale = 1 / Math.sqrt(termsOfJob(job));
  const tensor = (operand: Operand | null, seed: string) =>
    operand && randomTensor(operand.shape, seed, 1);
  const inputs = job.inputs.map((operand, i) => {
    const isWeight = hasWeights && i === 1;
    if (!operand || !isWeight) return tensor(operand, `x${i}`);
    return randomTensor(operand.shape, `x${i}`, scale, job.weights === 'f16' ? toHalfBits : same);
  });
  return { inputs, residual: tensor(job.residual, 'residual') };
}

const same = (value: number) => value;

/** To 11 significant bits: stored in float16, it is then as exact as in float32. */
function toHalfBits(value: number): number {
  const step = 2 ** (Math.floor(Math.log2(value)) - 10);
  return step * Math.round(value / step);
}

/** Magnitudes between 0.1 and 1.5 times `factor`. */
function randomTensor(
  shape: readonly number[],
  seed: string,
  factor: number,
  round = same,
): Tensor {
  const next = uniform(seed);
  const data = new Float32Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    const magnitude = round(factor * (0.1 + 1.4 * next()));
    data[i] = next() < 0.5 ? -magnitude : magnitude;
  }
  return new Tensor(shape, data);
}

/** A graph whose one job has the job's key, its constants filled, and its inputs. Its output is "out". */
export interface JobGraph {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<ValueId, Tensor>>;
  /** How the job wants its weights stored. */
  readonly weights: Precision;
}

export function graphOfJob({ node, inputs, residual, act, weights }: Job, data: JobData): JobGraph {
  const b = new GraphBuilder(node.op);
  const tensors: Record<ValueId, Tensor> = {};
  const operand = ({ kind, packable, shape }: Operand, id: ValueId, tensor: Tensor): ValueId => {
    if (kind === 'activation') {
      tensors[id] = tensor;
      return b.input(id, shape);
    }
    if (packable) return b.constant(id, tensor);
    const flat = b.constant(`${id} flat`, new Tensor([tensor.data.length], tensor.data));
    return b.node('reshape', id, [flat], { shape: [...shape] });
  };
  const ids = inputs.map((one, i) => one && operand(one, `x${i}`, data.inputs[i]!));
  const added = residual && operand(residual, 'residual', data.residual!);
  let out = b.node(node.op, 'y', ids, node.attrs);
  if (added !== null) out = b.node('sum', 'sum', [added, out], act);
  return { graph: b.finish([{ name: 'out', value: out }]), inputs: tensors, weights };
}
