/**
 * The window of a transposed convolution, seen from its outputs: an invocation has all outputs of some places
 * t, stride by stride of each, and sums for each phase the taps that fall on it. They all read the same few
 * pixels, so a place is to it what a pixel is to an ordinary convolution.
 */
import { elementCount, tapsOfPhase, type PhaseTap } from '../../ir/index.ts';
import type { Job } from '../kernel.ts';
import { range } from './tile.ts';

export type TransposedJob = Job<'convTranspose2d'>;

/** m channels by y rows by x columns of places. */
export interface PlaceTile {
  readonly m: number;
  readonly y: number;
  readonly x: number;
}

export const labelOf = ({ m, y, x }: PlaceTile): string => `m${m}y${y}x${x}`;

/** One axis of a layer. */
export interface PhasedAxis {
  readonly stride: number;
  /** For each phase, the taps along the axis. */
  readonly phases: readonly (readonly PhaseTap[])[];
  /** The first place that has outputs, and how many have. */
  readonly first: number;
  readonly places: number;
}

export function axisOf({ node, inputs, output }: TransposedJob, axis: 0 | 1): PhasedAxis {
  const { strides, dilations, pads } = node.attrs;
  const [stride, before] = [strides[axis]!, pads[axis]!];
  const kernel = inputs[1]!.shape[axis + 2]!;
  const first = Math.floor(before / stride);
  const last = Math.floor((output.shape[axis + 2]! - 1 + before) / stride);
  const phases = range(stride).map((r) => tapsOfPhase(r, kernel, stride, dilations[axis]!));
  return { stride, phases, first, places: last - first + 1 };
}

/** The pixels that `count` places read, relative to the first of them. */
export const pixelsOf = ({ phases }: PhasedAxis, count: number): number[] =>
  [...new Set(range(count).flatMap((t) => phases.flat().map(({ back }) => t - back)))].sort(
    (a, b) => a - b,
  );

/** A sum of an invocation: of four channels, at one place, of one phase. */
export interface PlaceSum {
  readonly name: string;
  /** Which of the tile's vectors of channels. */
  readonly quad: number;
  /** Where in the tile's outputs. */
  readonly row: number;
  readonly column: number;
  /** The number of the tap in the kernel, and the pixel relative to the tile's first place. */
  readonly products: readonly { tap: number; y: number; x: number }[];
}

/** All sums of a tile; those that have the same taps follow one another. */
export function sumsOf(
  rows: PhasedAxis,
  columns: PhasedAxis,
  tile: PlaceTile,
  width: number,
): PlaceSum[] {
  const each = <T>(count: number, make: (i: number) => T[]): T[] => range(count).flatMap(make);
  return each(tile.m / 4, (quad) =>
    each(rows.stride, (phaseY) =>
      each(columns.stride, (phaseX) =>
        each(tile.y, (y) =>
          each(tile.x, (x): PlaceSum[] => {
            const [row, column] = [y * rows.stride + phaseY, x * columns.stride + phaseX];
            const products = rows.phases[phaseY]!.flatMap((down) =>
              columns.phases[phaseX]!.map((right) => ({
                tap: down.tap * width + right.tap,
                y: y - down.back,
                x: x - right.back,
              })),
            );
            return [{ name: `a${quad}_${row}_${column}`, quad, row, column, products }];
          }),
        ),
      ),
    ),
  );
}

/** Sums of an invocation, and products for one input channel. */
export function sizeOf(job: TransposedJob, tile: PlaceTile) {
  const { strides } = job.node.attrs;
  const places = tile.m * tile.y * tile.x;
  return {
    sums: places * strides[0]! * strides[1]!,
    products: places * elementCount(job.inputs[1]!.shape.slice(2)),
  };
}

/** Tiles of channels, and those of the places of all images. */
export function countTiles(job: TransposedJob, tile: PlaceTile) {
  const [batch, perGroup] = [job.output.shape[0]!, job.inputs[1]!.shape[1]!];
  const y = Math.ceil(axisOf(job, 0).places / tile.y);
  const x = Math.ceil(axisOf(job, 1).places / tile.x);
  const perGroupM = Math.ceil(perGroup / tile.m);
  return { x, y, places: batch * y * x, perGroup: perGroupM, m: job.node.attrs.group * perGroupM };
}

/** Input channels in a step of the loop: a sum that crosses its end costs as much as two or three products. */
export function depthStep(job: TransposedJob, tile: PlaceTile): number {
  const { sums, products } = sizeOf(job, tile);
  const depth = depthOf(job);
  return [4, 2].find((step) => depth % step === 0 && step * products <= 4 * sums) ?? 1;
}

export const depthOf = ({ node, inputs }: TransposedJob): number =>
  inputs[1]!.shape[0]! / node.attrs.group;

/** Vectors of weights for one input channel. */
export const weightVectors = (job: TransposedJob, { m }: PlaceTile): number =>
  (m / 4) * elementCount(job.inputs[1]!.shape.slice(2));

/** Whether a tile's columns of pixels from its first place on are a vector. */
export const isAligned = (job: TransposedJob, tile: PlaceTile): boolean =>
  tile.x === 4 && job.inputs[0]!.shape[3]! % 4 === 0 && axisOf(job, 1).first % 4 === 0;

export function pixelLoads(job: TransposedJob, tile: PlaceTile) {
  const rows = pixelsOf(axisOf(job, 0), tile.y);
  const columns = pixelsOf(axisOf(job, 1), tile.x);
  const vector = isAligned(job, tile);
  return { rows, vector, singles: columns.filter((column) => !vector || column < 0) };
}
