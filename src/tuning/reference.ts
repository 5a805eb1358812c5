/**
 * What a job must give, and how far off float32 may be. The roundings of n terms, in whatever order they are
 * added, come to n units of the sum of the terms' magnitudes at the very most, and to 7 sqrt(n) units but for a
 * probability of 2 n exp(-49 / 2), which is itself far from attained (Higham and Mary 2019, A New Approach to
 * Probabilistic Rounding Error Analysis, theorem 3.1). One of a thousand terms left out is 70 times as much.
 */
import type { Job, Kernel } from '../../codegen/index.ts';
import type { Transform } from '../../codegen/winograd.ts';
import { evaluate, Tensor, type Fused, type Graph, type OpName } from '../../ir/index.ts';
import { UNIT } from '../equivalence/bounded.ts';
import { lipschitz } from '../equivalence/lipschitz.ts';
import { graphOfJob, termsOfJob, type JobData } from './job-graph.ts';
import { partOf, type JobPart } from './sample.ts';
import { tileMagnitudes } from './tile-magnitude.ts';

/** Ops whose results are sums of products, or one of several values: magnitudes bound their errors. */
const bounded: readonly OpName[] = [
  'add',
  'averagePool',
  'concat',
  'conv2d',
  'convTranspose2d',
  'globalAveragePool',
  'linear',
  'maxPool',
  'mul',
  'sum',
];

/** Whether it is known how far off a result may be. */
export const canVerify = ({ node, first, arithmetic }: Job): boolean =>
  // Of two stages in float16, the data of the second are not of the few bits that make its products exact.
  bounded.includes(node.op) && !(first && arithmetic === 'f16');

/** What of a kernel decides how exact it is. */
export type Exactness = Pick<Kernel, 'transform'>;

export interface Reference {
  /** Where the elements of `wanted` are in the output; null where they are all of it. */
  readonly places: Uint32Array | null;
  readonly wanted: ArrayLike<number>;
  /** How far off each may be, computed by the kernel. */
  readonly allowed: (kernel: Exactness) => Float64Array;
}

/** Of the whole job, or of a part of it of about `most` multiply-adds. */
export function referenceOf(job: Job, data: JobData, most: number): Reference {
  const part = partOf(job, data, most);
  const { graph, inputs } = graphOfJob(part.job, part.data);
  const wanted = evaluate(graph, inputs)['out']!.data;
  const { magnitudes, carried } = part.job.first
    ? ofTwoStages(part.job, part.job.first, part.data)
    : { magnitudes: evaluate(absolute(graph), mapped(inputs, magnitudeOf))['out']!.data };
  const slack = activationSlack(job.act);
  const slope = lipschitz(job.act);
  const isHalf = job.output.type === 'f16';
  return {
    places: part.places,
    wanted,
    allowed(kernel) {
      const { units, of } = kernel.transform
        ? transformed(part, magnitudes, kernel.transform)
        : { units: OWN_UNITS + roundings(termsOfJob(job) + 2), of: magnitudes };
      return Float64Array.from(of, (magnitude, i) => {
        const before = UNIT.f32 * units * magnitude + (carried?.[i] ?? 0);
        // Below the normal range a GPU may flush to zero.
        const own = slope * before + UNIT.f32 * slack * (1 + magnitude) + 2 ** -126;
        return isHalf ? own + stored(Math.abs(wanted[i]!) + own) : own;
      });
    },
  };
}

/** Of a value in float16, WGSL gives one of its two neighbours; those below the normal range may become zero. */
const stored = (magnitude: number): number => 2 ** -10 * magnitude + 2 ** -14;
/** Of the second stage, and how far off it is since its image is as far off as the first may be. */
function ofTwoStages(job: Job, first: Job, data: JobData) {
  const { wanted, allowed } = referenceOf(first, data.first!, Infinity);
  const shape = [data.inputs[0]!.shape[0]!, ...first.output.shape.slice(1)];
  const image = new Tensor(shape, Float64Array.from(wanted));
  const { first: _, ...second } = job;
  const { graph, inputs } = graphOfJob(
    { ...second, inputs: [{ ...first.output, shape }, ...job.inputs.slice(1)] },
    { ...data, inputs: [image, ...data.inputs.slice(1)] },
  );
  const magnitudesFor = (one: Tensor) =>
    evaluate(absolute(graph), { ...mapped(inputs, magnitudeOf), x0: one })['out']!.data;
  const off = allowed({});
  const exact = magnitudeOf(image);
  const grown = new Tensor(
    shape,
    exact.data.map((value, i) => value + off[i]!),
  );
  const magnitudes = magnitudesFor(grown);
  const least = magnitudesFor(exact);
  return { magnitudes, carried: magnitudes.map((value, i) => value - least[i]!) };
}

/** Of what is not a sum: an average's division, a factor. */
const OWN_UNITS = 4;

const roundings = (terms: number): number => Math.min(terms, 7 * Math.sqrt(terms));

/** Of the weight, of the product, and of what is added. */
const TRANSFORM_UNITS = 4;

function transformed({ job, data }: JobPart, local: ArrayLike<number>, transform: Transform) {
  const tiles = tileMagnitudes(job as Job<'conv2d'>, data, transform);
  const channels = job.inputs[1]!.shape[1]!;
  return {
    // Rows and columns are transformed in turn.
    units: TRANSFORM_UNITS + 2 * transform.roundings + roundings(channels),
    of: tiles.map((magnitude, i) => magnitude + local[i]!),
  };
}

/** exp is exact to 3 + 2 |x| units in WGSL, and what is made of it to some more; others round once. */
const activationSlack = ({ act }: Fused): number => (act === 'none' || act === 'relu' ? 0 : 64);

const magnitudeOf = ({ shape, data }: Tensor): Tensor =>
  new Tensor(shape, data.map(Math.abs) as Float32Array);

const mapped = <T, U>(all: Readonly<Record<string, T>>, map: (one: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(all).map(([id, one]) => [id, map(one)]));

/** The graph of magnitudes, without activations. */
function absolute(graph: Graph): Graph {
  const plain: Fused = { act: 'none', actParams: [] };
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      'act' in node.attrs ? ({ ...node, attrs: { ...node.attrs, ...plain } } as typeof node) : node,
    ),
    consts: mapped(graph.consts, (constant) => magnitudeOf(constant as Tensor)),
  };
}
