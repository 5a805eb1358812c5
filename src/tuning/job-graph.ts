/** A job by itself: a graph of nothing else, and data for it. */
import type { Job, LowerOptions, Operand, Precision } from '../../codegen/index.ts';
import { elementCount, GraphBuilder, Tensor } from '../../ir/index.ts';
import type { Graph, Node, ValueId } from '../../ir/index.ts';
import { termsOf } from '../equivalence/bounded.ts';
import { uniform } from '../equivalence/samples.ts';

/** The values of a job's operands. */
export interface JobData {
  readonly inputs: readonly (Tensor | null)[];
  readonly residual: Tensor | null;
  /** Of the job's first stage, with which it shares the image. */
  readonly first?: JobData | undefined;
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
  const isShort = job.arithmetic === 'f16';
  const tensor = (operand: Operand | null, seed: string) =>
    operand && randomTensor(operand.shape, seed, 1, roundingOf(operand.type, isShort));
  const first = job.first && randomData(job.first);
  const inputs = job.inputs.map((operand, i) => {
    const isWeight = hasWeights && i === 1;
    if (!operand || !isWeight) return tensor(operand, `x${i}`);
    const type = operand.kind === 'constant' ? job.weights : operand.type;
    return randomTensor(operand.shape, `x${i}`, scale, roundingOf(type, true));
  });
  return { inputs, residual: tensor(job.residual, 'residual'), first };
}

/**
 * To what is stored in float16 as exactly as in float32. Weights to few bits, and what they are multiplied by where
 * arithmetic is in float16, too: multiples of 1/4 of a power of two. Weights are then exact when they are transformed
 * for F(2x2, 3x3), and so are products, and sums of 16 of them: a result is as close as in float32, and what is left
 * out shows.
 */
function roundingOf(type: Precision, isShort: boolean) {
  if (type !== 'f16') return (value: number) => value;
  return (value: number, factor: number) => {
    const power = Math.floor(Math.log2(isShort ? factor : value));
    const step = 2 ** (power - (isShort ? 2 : 10));
    return step * Math.max(1, Math.round(value / step));
  };
}

/** Magnitudes between 0.1 and 1.5 times `factor`. */
function randomTensor(
  shape: readonly number[],
  seed: string,
  factor: number,
  round: (value: number, factor: number) => number,
): Tensor {
  const next = uniform(seed);
  const data = new Float32Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    const magnitude = round(factor * (0.1 + 1.4 * next()), factor);
    data[i] = next() < 0.5 ? -magnitude : magnitude;
  }
  return new Tensor(shape, data);
}

/** A graph whose one job has the job's key, its constants filled, and its inputs. Its output is "out". */
export interface JobGraph {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<ValueId, Tensor>>;
  /** What else makes it that job. */
  readonly lowering: Pick<LowerOptions, 'weights' | 'activations' | 'arithmetic' | 'ports'>;
}

export function graphOfJob(job: Job, data: JobData): JobGraph {
  const { first, node, inputs, output, residual, act, weights, arithmetic } = job;
  const b = new GraphBuilder(node.op);
  const tensors: Record<ValueId, Tensor> = {};
  const ports: Record<string, Precision> = { out: output.type };
  const operand = (one: Operand, id: ValueId, tensor: Tensor): ValueId => {
    const { kind, packable, shape, type } = one;
    if (kind === 'activation') {
      tensors[id] = tensor;
      ports[id] = type;
      return b.input(id, shape);
    }
    if (packable) return b.constant(id, tensor);
    const flat = b.constant(`${id} flat`, new Tensor([tensor.data.length], tensor.data));
    return b.node('reshape', id, [flat], { shape: [...shape] });
  };
  const ids = inputs.map((one, i) => one && operand(one, `x${i}`, data.inputs[i]!));
  if (first) {
    const [, ...others] = first.inputs.map((one, i) =>
      one && i > 0 ? operand(one, `first x${i}`, data.first!.inputs[i]!) : null,
    );
    ids[0] = b.node('conv2d', 'first y', [ids[0]!, ...others], first.node.attrs);
  }
  const added = residual && operand(residual, 'residual', data.residual!);
  let out = b.node(node.op, 'y', ids, node.attrs);
  if (added !== null) out = b.node('sum', 'sum', [added, out], act);
  // What is between two stages.
  const activations = first?.output.type;
  const graph = b.finish([{ name: 'out', value: out }]);
  return { graph, inputs: tensors, lowering: { weights, activations, arithmetic, ports } };
}
