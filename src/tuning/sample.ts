/**
 * A part of a job that is quick to compute: some of the images and of the output channels, with all their
 * pixels, so that corners, edges and the ends of rows are always among them.
 */
import type { Job, Operand } from '../../codegen/index.ts';
import { elementCount, Tensor, type StaticShape } from '../../ir/index.ts';
import { uniform } from '../equivalence/samples.ts';
import { termsOfJob, type JobData } from './job-graph.ts';

export interface JobPart {
  readonly job: Job;
  readonly data: JobData;
  /** Where its outputs are among those of the whole job, in order; null where it is the whole. */
  readonly places: Uint32Array | null;
}

/** The whole job, or a part of about `most` multiply-adds. */
export function partOf(job: Job, data: JobData, most: number): JobPart {
  const ratio = most / (termsOfJob(job) * elementCount(job.output.shape));
  if (ratio >= 1) return { job, data, places: null };
  const { op } = job.node;
  if (op === 'conv2d' || op === 'convTranspose2d') return partOfConv(job as ConvJob, data, ratio);
  if (job.node.op === 'linear') return partOfLinear(job, data, ratio);
  return { job, data, places: null };
}

/** Tails of tiles are at the end; beside them and the first, any. */
const ENDS = 8;

/** Some of the numbers below `total`, in order: the first and the last ones always. */
export function pick(total: number, part: number): number[] {
  const count = Math.min(total, Math.max(2 * ENDS, Math.ceil(total * part)));
  const next = uniform(`${total}`);
  const rank = Array.from({ length: total }, (_, i) => ({
    i,
    place: i < ENDS || i >= total - ENDS ? -1 : next(),
  }));
  const chosen = rank.toSorted((a, b) => a.place - b.place).slice(0, count);
  return chosen.map(({ i }) => i).toSorted((a, b) => a - b);
}

type ConvJob = Job<'conv2d'> | Job<'convTranspose2d'>;

function partOfConv(job: ConvJob, data: JobData, ratio: number): JobPart {
  const { group } = job.node.attrs;
  const [batch, outputs] = job.output.shape as [number, number];
  const channels = job.inputs[0]!.shape[1]!;
  const images = batch > 2 ? [0, Math.floor(batch / 2), batch - 1] : all(batch);
  const part = (ratio * batch) / images.length;
  const groups = group > 1 ? pick(group, part) : [0];
  const perGroup = outputs / group;
  const chosen = group > 1 ? spread(groups, perGroup) : pick(outputs, part);
  const read = group > 1 ? spread(groups, channels / group) : all(channels);
  const [x, w, b, padValue] = data.inputs;
  const image = take(x!, images, read);
  const parts = {
    inputs: [
      image,
      weightsOf(job, w!, chosen, read),
      b ? takeRows(b, chosen) : null,
      padValue ? takeRows(padValue, read) : null,
    ],
    residual: data.residual && take(data.residual, images, chosen),
    // All of it: each output of the second stage needs every channel.
    first: data.first && { ...data.first, inputs: [image, ...data.first.inputs.slice(1)] },
  };
  const node = { ...job.node, attrs: { ...job.node.attrs, group: groups.length } };
  return {
    job: { ...withShapes(job, parts), node } as Job,
    data: parts,
    places: placesOf(job.output.shape, images, chosen),
  };
}

/** Of the outputs, which read the given channels: of a single group, or whole groups. */
function weightsOf(
  { node }: ConvJob,
  w: Tensor,
  outputs: readonly number[],
  channels: readonly number[],
): Tensor {
  if (node.op === 'conv2d') return takeRows(w, outputs);
  return node.attrs.group === 1 ? take(w, channels, outputs) : takeRows(w, channels);
}

function partOfLinear(job: Job, data: JobData, ratio: number): JobPart {
  const { shape } = job.output;
  const outputs = shape.at(-1)!;
  const chosen = pick(outputs, ratio);
  const [x, w, b] = data.inputs;
  const rows = elementCount(shape.slice(0, -1));
  const { residual } = data;
  const columns = residual && take(new Tensor([rows, outputs], residual.data), all(rows), chosen);
  const parts = {
    inputs: [x!, takeRows(w!, chosen), b ? takeRows(b, chosen) : null],
    residual: columns && new Tensor([...shape.slice(0, -1), chosen.length], columns.data),
  };
  return {
    job: withShapes(job, parts),
    data: parts,
    places: placesOf([rows, outputs], all(rows), chosen),
  };
}

const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The members of the groups. */
const spread = (groups: readonly number[], size: number): number[] =>
  groups.flatMap((group) => all(size).map((i) => group * size + i));

/** The places of the chosen rows, and of the chosen columns of each, of a tensor. */
function placesOf(shape: StaticShape, rows: readonly number[], columns: readonly number[]) {
  const inner = elementCount(shape.slice(2));
  const places = new Uint32Array(rows.length * columns.length * inner);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * shape[1]! + column) * inner;
      for (let i = 0; i < inner; i++) places[to++] = from + i;
    }
  }
  return places;
}

const gather = (data: Tensor['data'], places: Uint32Array) =>
  Float32Array.from(places, (place) => data[place]!);

/** The chosen rows. */
function takeRows({ shape, data }: Tensor, rows: readonly number[]): Tensor {
  const places = placesOf([1, ...shape], [0], rows);
  return new Tensor([rows.length, ...shape.slice(1)], gather(data, places));
}

/** The chosen columns of the chosen rows. */
function take(
  { shape, data }: Tensor,
  rows: readonly number[],
  columns: readonly number[],
): Tensor {
  const places = placesOf(shape, rows, columns);
  return new Tensor([rows.length, columns.length, ...shape.slice(2)], gather(data, places));
}

/** The job on other data. */
function withShapes<J extends Job>(job: J, { inputs, residual, first }: JobData): J {
  const resize = (operand: Operand | null, tensor: Tensor | null | undefined) =>
    operand && { ...operand, shape: tensor!.shape };
  return {
    ...job,
    ...(job.first && first && { first: withShapes(job.first, first) }),
    inputs: job.inputs.map((operand, i) => resize(operand, inputs[i])),
    residual: resize(job.residual, residual),
  };
}
