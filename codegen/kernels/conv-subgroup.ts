/**
 * Convolutions of many channels by subgroups: each lane has four columns by y rows of outputs of m channels
 * in its registers. One row of the window at a time, the lanes load the weights together and broadcast them:
 * the body of the loop is short enough for instruction caches, and for drivers to compile.
 */
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, indent, u32 } from '../shader.ts';
import { NS, spreadCost, STEP_NS } from './cost.ts';
import { multiplyAdds, rowLoads, WIDTH } from './row-loads.ts';
import { refuseSubgroups } from './subgroup-matmul.ts';
import { range } from './tile.ts';
import { labelOf } from './window-conv.ts';
import { imageWords, patchSize, windowOf, windowWords, type Tile } from './window.ts';

/** Larger ones are no faster, and take drivers longer to compile: some 5 ms for each sum of a lane. */
const TILES: readonly Tile[] = [
  { m: 8, y: 2, x: WIDTH },
  { m: 16, y: 2, x: WIDTH },
  { m: 24, y: 2, x: WIDTH },
  { m: 32, y: 1, x: WIDTH },
];

export const convSubgroup: Kernel<'conv2d'> = {
  name: 'conv-subgroup',
  doc: 'Constant weights, small windows; a single group, or groups of a multiple of eight outputs.',
  madeFor: 'software',
  refuses(job, device) {
    const { inputs } = job;
    if (!inputs[1]!.packable) return 'the weights are not constant, or reshaped';
    if (tilesFor(job).length === 0) {
      return 'the window is too large to be unrolled, or the groups too small';
    }
    const reason = refuseSubgroups(device);
    if (reason !== null) return reason;
    // SwiftShader, whose subgroups have four lanes, compiles the unrolled loads for minutes.
    return device.subgroupSize! < 8 ? 'subgroups of less than 8 are too small for it' : null;
  },
  candidates(job, device) {
    const lanes = device.subgroupSize!;
    return tilesFor(job).map((tile) => ({
      label: labelOf(tile),
      cost: estimate(job, tile, lanes),
      emit: () => emit(job, tile, lanes, device),
    }));
  },
};

function tilesFor(job: Job<'conv2d'>): Tile[] {
  const { group } = job.node.attrs;
  const outputs = job.output.shape[1]! / group;
  const window = windowOf(job);
  const fits = (tile: Tile) => {
    const { columns } = patchSize(window, tile);
    const products = tile.m * tile.y * tile.x * window.kernel[1];
    return products <= 1200 && tile.y * columns <= 64;
  };
  return TILES.filter((tile) => (group === 1 || outputs % tile.m === 0) && fits(tile));
}

/** Tiles of output channels, and those of the pixels of all images. */
function countTiles({ output }: Job<'conv2d'>, tile: Tile) {
  const [n, outputs, height, width] = output.shape as [number, number, number, number];
  const [y, x] = [Math.ceil(height / tile.y), Math.ceil(width / tile.x)];
  return { m: Math.ceil(outputs / tile.m), x, y, pixels: n * x * y };
}

/** Vector loads of the weights of a row of the window. */
const weightLoads = (kernelWidth: number, tile: Tile, lanes: number) =>
  Math.ceil((kernelWidth * tile.m) / 4 / lanes);

function estimate(job: Job<'conv2d'>, tile: Tile, lanes: number): number {
  const { kernel } = windowOf(job);
  const { vectors, singles } = rowLoads(job, tile);
  const outputs = tile.m * tile.y * tile.x;
  const perRow =
    (weightLoads(kernel[1], tile, lanes) + tile.y * vectors.length) * STEP_NS.vectorLoad +
    tile.y * singles.length * STEP_NS.load +
    outputs * (kernel[1] * STEP_NS.multiplyAdd + STEP_NS.carry);
  const perStore = job.output.shape[3]! % WIDTH === 0 ? NS.vectorLoad / WIDTH : NS.load;
  const perGroup =
    job.inputs[1]!.shape[1]! * kernel[0] * perRow + outputs * perStore * (job.residual ? 2 : 1);
  const tiles = countTiles(job, tile);
  return spreadCost(tiles.m * Math.ceil(tiles.pixels / lanes), (perGroup * lanes) / 8);
}

function emit(job: Job<'conv2d'>, tile: Tile, lanes: number, device: DeviceProfile): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const window = windowOf(job);
  const [kernelHeight, kernelWidth] = window.kernel;
  const { vectors, singles } = rowLoads(job, tile);
  // Then all four columns of a lane are inside, and they are stored together.
  const isAligned = output.shape[3]! % WIDTH === 0;
  const element = isAligned ? 'vec4f' : 'f32';
  const b = binder(device);
  const x = singles.length > 0 ? b.read('x', image!) : null;
  const quads = vectors.length > 0 ? b.read('quads', image!, 'vec4f') : null;
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const outside = padValue ? b.read('padValue', padValue)('channel + c') : '0.0';
  const shift = bias ? ` + ${b.read('bias', bias)('o')}` : '';
  const add = residual ? ` + ${b.read('residual', residual, element)('to')}` : '';
  const y = b.write('y', output, element);
  const { functions, words, apply } = epilogue(act);
  const [outputs, perGroup] = weights!.shape as [number, number];
  const tiles = countTiles(job, tile);
  const loads = weightLoads(kernelWidth, tile, lanes);
  const accumulators = range(tile.m).flatMap((m) => range(tile.y).map((i) => ({ m, i })));
  // Written out: drivers do not unroll such loops where there are many, and then keep arrays in memory.
  const loadWeights = range(loads).map(
    (i) => `{
  let at = ${i * lanes}u + lane;
  let quad = min(tile * ${tile.m / 4}u + at / ${kernelWidth}u, p.lastQuad);
  let line = (quad * p.perGroup + c) * ${kernelHeight}u + u32(k);
  w[${i}] = ${w(`line * ${kernelWidth}u + at % ${kernelWidth}u`)};
}`,
  );
  const isInside = (at: number) => `inside & (left + ${at} >= 0) & (left + ${at} < p.width)`;
  const loadVector = (row: number) => (at: number, j: number) => {
    const value = quads!(`(start + clamp(left + ${at}, 0, p.width - ${WIDTH})) / ${WIDTH}`);
    const name = `v[${row * vectors.length + j}]`;
    return `${name} = select(vec4f(outside), ${value}, ${isInside(at)});`;
  };
  const loadSingle = (row: number) => (at: number, j: number) => {
    const value = x!(`start + clamp(left + ${at}, 0, p.width - 1)`);
    return `s[${row * singles.length + j}] = select(outside, ${value}, ${isInside(at)});`;
  };
  const loadRows = range(tile.y).map(
    (i) => `{
  let yy = top + ${i * window.strides[0]} + k * ${window.dilations[0]};
  let inside = (yy >= 0) & (yy < p.height);
  let start = plane + clamp(yy, 0, p.height - 1) * p.width;
${indent([...vectors.map(loadVector(i)), ...singles.map(loadSingle(i))].join('\n'))}
}`,
  );
  const parts = range(WIDTH).map((i) => apply(`sum[${i}]`));
  const applied = act.act === 'none' ? 'sum' : `vec4f(${parts.join(', ')})`;
  const storeVector = `
let to = (((n * p.outputs + o) * p.outHeight + i) * p.outWidth + column) / ${WIDTH}u;
let sum = out[m * ${tile.y}u + r]${shift}${add};
${y('to', applied)};`;
  const storeElements = `
for (var j = column; j < min(column + ${WIDTH}u, p.outWidth); j++) {
  let to = ((n * p.outputs + o) * p.outHeight + i) * p.outWidth + j;
  ${y('to', apply(`out[m * ${tile.y}u + r][j - column]${shift}${add}`))};
}`;
  const step = b.step({
    kernel: 'conv-subgroup',
    label: labelOf(tile),
    lanes,
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(window.kernel, window.strides, node.attrs.pads),
      u32('channels', image!.shape[1]!),
      u32('outputs', outputs),
      u32('perGroup', perGroup),
      u32('steps', perGroup * kernelHeight),
      u32('outputsPerGroup', outputs / node.attrs.group),
      u32('tilesX', tiles.x),
      u32('tilesY', tiles.y),
      u32('tilesM', tiles.m),
      u32('pixelTiles', tiles.pixels),
      u32('lastQuad', Math.ceil(outputs / 4) - 1),
      // In uniforms, so that drivers do not unroll the loops that store.
      u32('tileOutputs', tile.m),
      u32('tileRows', tile.y),
      ...words,
    ],
    invocations: tiles.m * Math.ceil(tiles.pixels / lanes),
    functions,
    body: `
let tile = index % p.tilesM;
let place = index / p.tilesM * ${lanes}u + lane;
let pixel = min(place, p.pixelTiles - 1u);
let column = pixel % p.tilesX * ${tile.x}u;
let row = pixel / p.tilesX % p.tilesY * ${tile.y}u;
let n = pixel / p.tilesX / p.tilesY;
let channel = tile * ${tile.m}u / p.outputsPerGroup * p.perGroup;
let left = i32(column) * ${window.strides[1]} - p.left;
let top = i32(row) * ${window.strides[0]} - p.top;
var plane = i32(n * p.channels + channel) * p.height * p.width;
var w: array<vec4f, ${loads}>;
${vectors.length > 0 ? `var v: array<vec4f, ${tile.y * vectors.length}>;` : ''}
${singles.length > 0 ? `var s: array<f32, ${tile.y * singles.length}>;` : ''}
${accumulators.map(({ m, i }) => `var a${m}_${i} = vec4f();`).join('\n')}
// One loop: at the end of each, drivers that mask lanes blend all sums.
var c = 0u;
var k = 0;
for (var step = 0u; step < p.steps; step++) {
  let outside = ${outside};
${indent([...loadWeights, ...loadRows].join('\n'))}
${indent(multiplyAdds(window, tile, lanes, { vectors, singles }))}
  let isLast = k + 1 == p.kernelHeight;
  k = select(k + 1, 0, isLast);
  c += select(0u, 1u, isLast);
  plane += select(0, p.height * p.width, isLast);
}
var out: array<vec4f, ${accumulators.length}>;
${accumulators.map(({ m, i }) => `out[${m * tile.y + i}] = a${m}_${i};`).join('\n')}
for (var m = 0u; m < p.tileOutputs; m++) {
  let o = tile * ${tile.m}u + m;
  for (var r = 0u; r < p.tileRows; r++) {
    let i = row + r;
    if (place < p.pixelTiles && o < p.outputs && i < p.outHeight) {
${indent(isAligned ? storeVector : storeElements, 6)}
    }
  }
}`,
  });
  return { steps: [step], temporaries: [] };
}
