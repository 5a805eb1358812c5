/**
 * A layer on hardware as a product of matrices: outputs by places, a place being a pixel of an image or a row.
 * Where there are few of them, the sum is split over workgroups, and a second dispatch adds up the parts.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import { bytesOf, elementBytes } from '../kernel.ts';
import type { Candidate, Emission, Job, Operand, Step } from '../kernel.ts';
import type { DeviceProfile, Word } from '../plan.ts';
import { binder, u32, weightType, type Binder } from '../shader.ts';
import { roofline } from './cost.ts';
import { partsOf, vectorOf } from './row-pieces.ts';
import { weightBytes } from './weight-packing.ts';
import { isShuffled, shuffledBody, type ColumnQuads } from './shuffled-matmul.ts';
import { addParts, estimateSums } from './split-sums.ts';
import {
  bound,
  gemmBody,
  gemmLabel,
  gemmShared,
  gemmTiles,
  gemmWords,
  gemmWork,
  invocationsOf,
  splitDepth,
  splitsOf,
  type Gather,
  type Split,
  type WorkgroupTile,
} from './workgroup-matmul.ts';

type GemmJob = Job<'conv2d'> | Job<'linear'>;

/** The operand that is no weight, as a matrix of `depth` by `columns` in each group. */
export interface GemmProblem {
  readonly kernel: string;
  readonly groups: number;
  /** Outputs of a group; a multiple of 4 where there is more than one. */
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Places that an image has: outputs are [columns / plane, rows of all groups, plane]. */
  readonly plane: number;
  /** Those tiles that are tried; by default all. */
  readonly tiles?: readonly WorkgroupTile[];
  /** What an element of the matrix takes that is more than a load. */
  readonly gather?: Gather;
  /** Binds it. */
  readonly bind: (b: Binder) => BoundMatrix;
  /** Binds it in vectors of four columns, for shuffled tiles. */
  readonly bindQuads?: (b: Binder) => BoundQuads;
}

export interface BoundQuads {
  readonly words: readonly Word[];
  /** `start` may use `g`, the group; p.planeQuads is a word. */
  readonly columns: ColumnQuads;
}

export interface BoundMatrix {
  readonly words: readonly Word[];
  /** Before `main`. */
  readonly functions?: string;
  /** For `gemmBody`; `g` is the group. */
  readonly prepare: string;
  readonly loadColumn: string;
  /** 1. */
  readonly span?: 4;
  /** Where columns are not places one by one: whether there is a place for `outColumn`, and where output `o` is. */
  readonly place?: { readonly exists: string; readonly index: string };
}

const plainPlace = {
  exists: 'outColumn < p.columns',
  index: '(outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane',
};

export const gemmCandidates = (
  job: GemmJob,
  problem: GemmProblem,
  device: DeviceProfile,
): Candidate[] =>
  (problem.tiles ?? tilesFor(job)).flatMap((tile) =>
    splitsOf(problem.depth).map((splits) => ({
      label: gemmLabel(tile, splits),
      cost: estimate(job, problem, tile, splits),
      emit: () => emit(job, problem, tile, splits, device),
    })),
  );

/** Arithmetic in float16 where it is asked for, and all that is multiplied is stored so. */
function tilesFor(job: GemmJob): readonly WorkgroupTile[] {
  const [data, , , padValue] = job.inputs;
  const isStored = data!.type === 'f16' && weightType(job) === 'f16' && !padValue;
  if (job.arithmetic === 'f32' || !isStored) return gemmTiles;
  return [...gemmTiles, ...gemmTiles.map((tile) => ({ ...tile, inHalf: true as const }))];
}

function estimate(job: GemmJob, problem: GemmProblem, tile: WorkgroupTile, splits: number): number {
  const { parts } = splitDepth(problem.depth, splits);
  const size = elementCount(job.output.shape);
  const read = bytesOf(job.inputs[0]!) + weightBytes(job);
  const stored = parts > 1 ? 4 * parts * size : bytesOf(job.output) * (job.residual ? 2 : 1);
  const work = gemmWork(tile, problem, problem.groups, parts, {
    ofRow: elementBytes(weightType(job)),
    ofColumn: elementBytes(job.inputs[0]!.type),
    gather: problem.gather,
  });
  const cost = roofline({ ...work, bytes: read + stored });
  return parts > 1 ? cost + estimateSums(job, parts) : cost;
}

function emit(
  job: GemmJob,
  problem: GemmProblem,
  tile: WorkgroupTile,
  splits: number,
  device: DeviceProfile,
): Emission {
  const split = splitDepth(problem.depth, splits);
  if (split.parts === 1) {
    return {
      steps: [productStep(job, problem, tile, split, null, device)],
      temporaries: [],
    };
  }
  const shape = [split.parts, ...job.output.shape];
  const id = job.fresh(`${job.output.id} (parts)`);
  const target: Operand = { kind: 'activation', id, shape, type: 'f32', packable: false };
  return {
    steps: [
      productStep(job, problem, tile, split, target, device),
      addParts(problem.kernel, job, target, { count: split.parts, plane: problem.plane }, device),
    ],
    temporaries: [{ id, bytes: 4 * elementCount(shape) }],
  };
}

/** The product: all of it, or its parts to `target`. */
function productStep(
  job: GemmJob,
  problem: GemmProblem,
  tile: WorkgroupTile,
  { chunk, parts }: Split,
  target: Operand | null,
  device: DeviceProfile,
): Step {
  const { output, residual, act } = job;
  const { kernel, groups, rows, columns, depth, plane } = problem;
  const bias = job.inputs[2];
  const b = binder(device);
  const product = bindProduct(problem, tile, b, device);
  const { exists, index } = product.place;
  const weightAt = b.weights(job, 'vec4f', 'quads');
  const shift = bias && !target ? ` + ${b.read('bias', bias)('o')}` : '';
  const element = isShuffled(tile) ? 'vec4f' : 'f32';
  const add = residual && !target ? ` + ${b.read('residual', residual, element)('to')}` : '';
  const y = b.write('y', target ?? output, element);
  const { functions, words, apply } = target ? plainEpilogue : epilogue(act);
  const tilesM = Math.ceil(rows / tile.m);
  const tilesN = Math.ceil(columns / tile.n);
  const loadRows = weightAt('min(quad + (g * p.rows + firstRow) / 4u, p.lastQuad) * p.depth + k');
  const storeRow = `
if ((outRow < p.rows) & (outColumn < p.columns)) {
  let o = g * p.rows + outRow;
  let to = (outColumn / p.plane * p.outputs + o) * p.planeQuads + outColumn % p.plane / 4u;
  let sum = value${shift}${add};
  ${y(target ? 'part * (p.size / 4u) + to' : 'to', vectorOf(partsOf('sum', 4).map(apply)))};
}`;
  const storeColumn = `
if (${exists}) {
  for (var e = 0u; e < ${bound(4, device)}; e++) {
    if (outRow + e < p.rows) {
      let o = g * p.rows + outRow + e;
      let to = ${index};
      ${y(target ? 'part * p.size + to' : 'to', apply(`value[e]${shift}${add}`))};
    }
  }
}`;
  const body = product.body(loadRows, isShuffled(tile) ? storeRow : storeColumn);
  return b.step({
    kernel,
    // All splits share a pipeline.
    label: target ? `${gemmLabel(tile)}-parts` : gemmLabel(tile),
    together: true,
    workgroupSize: invocationsOf(tile),
    ...(tile.lanes && { groupsOf: tile.lanes }),
    words: [
      ...product.words,
      ...gemmWords(rows, columns, depth),
      u32('outputs', rows * groups),
      u32('plane', plane),
      u32('groups', groups),
      u32('lastQuad', Math.ceil((rows * groups) / 4) - 1),
      u32('tilesM', tilesM),
      u32('tilesN', tilesN),
      u32('chunk', chunk),
      u32('size', elementCount(output.shape)),
      ...words,
    ],
    invocations: tilesN * tilesM * groups * parts,
    functions: [product.shared + functions, product.functions].filter(Boolean).join('\n\n'),
    body: `
let firstColumn = index % p.tilesN * ${tile.n}u;
let firstRow = index / p.tilesN % p.tilesM * ${tile.m}u;
let g = index / p.tilesN / p.tilesM % p.groups;
let part = index / p.tilesN / p.tilesM / p.groups;
let begin = part * p.chunk;
let end = min(begin + p.chunk, p.depth);
${body.trim()}`,
  });
}

/** The matrix bound as the tile takes it, and the body that rows and stores, which are WGSL, are put into. */
function bindProduct(problem: GemmProblem, tile: WorkgroupTile, b: Binder, device: DeviceProfile) {
  if (isShuffled(tile)) {
    const { words, columns } = problem.bindQuads!(b);
    const body = (loadRows: string, storeRow: string) =>
      shuffledBody(tile, problem.depth, { loadRows, columns, storeRow }, device);
    return { words, shared: '', functions: '', place: plainPlace, body };
  }
  const { words, functions, place = plainPlace, ...matrix } = problem.bind(b);
  const body = (loadRows: string, store: string) =>
    gemmBody(tile, { innermost: 'k', loadRows, ...matrix, store }, device);
  return { words, shared: gemmShared(tile), functions, place, body };
}

const plainEpilogue = epilogue({ act: 'none', actParams: [] });
