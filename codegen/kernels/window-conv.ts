/**
 * Convolution by tiles: an invocation has m channels by y rows by x columns of outputs in registers, and
 * loads the weights and the patch of the image of one input channel once for all of them.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, indent, u32, type Read } from '../shader.ts';
import { NS } from './cost.ts';
import { weightPacking } from './weight-packing.ts';
import { accumulators, range, storeTile, vectorOf } from './tile.ts';
import {
  imageWords,
  patchSize,
  windowOf,
  windowWords,
  type ConvWindow,
  type Tile,
} from './window.ts';

/** Few enough for the small images at the end of a network to occupy several cores. */
export const LANES = 16;

export const labelOf = ({ m, y, x }: Tile): string => `m${m}y${y}x${x}`;

/** Tiles of a job along x, y and the output channels. */
const countTiles = ({ output }: Job<'conv2d'>, tile: Tile): [number, number, number] => [
  Math.ceil(output.shape[3]! / tile.x),
  Math.ceil(output.shape[2]! / tile.y),
  Math.ceil(output.shape[1]! / tile.m),
];

export function emitWindow(
  kernel: string,
  job: Job<'conv2d'>,
  tile: Tile,
  device: DeviceProfile,
): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const window = windowOf(job);
  const vector = vectorOf(tile);
  const b = binder(device);
  const x = b.read('x', image!);
  const { packing, pack } = weightPacking(weights!, node.attrs.group);
  const w = b.read('weights', weights!, vector, packing);
  const outside = padValue ? b.read('padValue', padValue)('channel + c') : '0.0';
  const readBias = bias ? b.read('bias', bias) : null;
  const readResidual = residual ? b.read('residual', residual) : null;
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const [outputs, perGroup] = weights!.shape as [number, number];
  const tiles = countTiles(job, tile);
  const { rows, columns } = patchSize(window, tile);
  const taps = window.kernel[0] * window.kernel[1];
  const step = b.step({
    kernel,
    label: labelOf(tile),
    workgroupSize: LANES,
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(window.kernel, window.strides, node.attrs.pads),
      u32('channels', image!.shape[1]!),
      u32('outputs', outputs),
      u32('perGroup', perGroup),
      u32('outputsPerGroup', outputs / node.attrs.group),
      u32('tilesX', tiles[0]),
      u32('tilesY', tiles[1]),
      u32('tilesM', tiles[2]),
      u32('taps', taps),
      ...(tile.m === 1
        ? [u32('pack', pack)]
        : [u32('quads', quadsOf(tile)), u32('lastQuad', Math.ceil(outputs / 4) - 1)]),
      i32('patchRows', rows),
      i32('patchColumns', columns),
      ...words,
    ],
    invocations: output.shape[0]! * elementCount(tiles),
    functions,
    body: `
let column = index % p.tilesX * ${tile.x}u;
let row = index / p.tilesX % p.tilesY * ${tile.y}u;
let tile = index / p.tilesX / p.tilesY % p.tilesM;
let n = index / p.tilesX / p.tilesY / p.tilesM;
let channel = tile * ${tile.m}u / p.outputsPerGroup * p.perGroup;
let left = i32(column) * ${window.strides[1]} - p.left;
let top = i32(row) * ${window.strides[0]} - p.top;
var plane = i32(n * p.channels + channel) * p.height * p.width;
var at = 0u;
var w: array<${vector}, ${weightsOf(window, tile)}>;
var v: array<f32, ${rows * columns}>;
${accumulators(tile)
  .map(({ name }) => `var ${name} = ${vector}();`)
  .join('\n')}
for (var c = 0u; c < p.perGroup; c++) {
${indent(tile.m === 1 ? loadWeights(w) : loadQuads(w))}
  at += p.taps;
  for (var i = 0; i < p.patchRows; i++) {
    let yy = top + i;
    let start = plane + clamp(yy, 0, p.height - 1) * p.width;
    let inside = (yy >= 0) & (yy < p.height);
    for (var j = 0; j < p.patchColumns; j++) {
      let xx = left + j;
      let value = ${x('start + clamp(xx, 0, p.width - 1)')};
      v[i * ${columns} + j] = select(${outside}, value, inside & (xx >= 0) & (xx < p.width));
    }
  }
  plane += p.height * p.width;
${indent(multiplyAdds(window, tile, columns))}
}
${storeTile(tile, { y, bias: readBias, residual: readResidual, apply })}`,
  });
  return { steps: [step], temporaries: [] };
}

/** All taps of the tile's output. */
const loadWeights = (w: Read) => `
let start = (tile / p.pack * p.perGroup * p.taps + at) * p.pack + tile % p.pack;
for (var i = 0u; i < p.taps; i++) {
  w[i] = ${w('start + i * p.pack')};
}`;

/** All taps of the tile's outputs, four at a time; beyond the last output there is nothing to store. */
const loadQuads = (w: Read) => `
for (var q = 0u; q < p.quads; q++) {
  let start = min(tile * p.quads + q, p.lastQuad) * p.perGroup * p.taps + at;
  for (var i = 0u; i < p.taps; i++) {
    w[q * p.taps + i] = ${w('start + i')};
  }
}`;

/** Vectors of outputs in a tile. */
const quadsOf = ({ m }: Tile) => Math.ceil(m / 4);

/** Loads of weights for one input channel. */
const weightsOf = ({ kernel }: ConvWindow, tile: Tile) => kernel[0] * kernel[1] * quadsOf(tile);

/** One line for each accumulator: all taps of one input channel. */
function multiplyAdds({ kernel, strides, dilations }: ConvWindow, tile: Tile, columns: number) {
  const lines = accumulators(tile).map(({ name, m, y, x }) => {
    const products = range(kernel[0]).flatMap((i) =>
      range(kernel[1]).map((j) => {
        const weight = (m * kernel[0] + i) * kernel[1] + j;
        const row = y * strides[0] + i * dilations[0];
        const column = x * strides[1] + j * dilations[1];
        return `w[${weight}] * v[${row * columns + column}]`;
      }),
    );
    return `${name} += ${products.join(' + ')};`;
  });
  return lines.join('\n');
}

/** Estimated nanoseconds on two cores of lavapipe. */
export function estimateWindow(job: Job<'conv2d'>, tile: Tile): number {
  const window = windowOf(job);
  const { rows, columns } = patchSize(window, tile);
  const outputs = tile.m * tile.y * tile.x;
  const taps = window.kernel[0] * window.kernel[1];
  const weightLoad = tile.m === 1 ? NS.load : NS.vectorLoad;
  const perChannel =
    weightsOf(window, tile) * weightLoad +
    rows * columns * NS.load +
    outputs * (taps * NS.multiplyAdd + NS.carry);
  const perOutput = job.residual ? 2 * NS.load : NS.load;
  const perInvocation = job.inputs[1]!.shape[1]! * perChannel + outputs * perOutput;
  const groups = Math.ceil((job.output.shape[0]! * elementCount(countTiles(job, tile))) / LANES);
  return (groups * (LANES / 8) * perInvocation) / Math.min(groups, 2);
}

/** Why a tile is out of the question: the unrolled body or its arrays would be too large. */
export function tooLarge(job: Job<'conv2d'>, tile: Tile): boolean {
  const window = windowOf(job);
  const { rows, columns } = patchSize(window, tile);
  const products = tile.m * tile.y * tile.x * window.kernel[0] * window.kernel[1];
  return products > 2304 || rows * columns > 512;
}
