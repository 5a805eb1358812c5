/**
 * Convolutions of many channels by subgroups: each lane has four columns by y rows of outputs of m channels
 * in its registers; the lanes load the weights of an input channel together, and broadcast them.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, indent, u32 } from '../shader.ts';
import { NS, spreadCost } from './cost.ts';
import { refuseSubgroups } from './subgroup-matmul.ts';
import { range } from './tile.ts';
import { labelOf, tooLarge } from './window-conv.ts';
import { imageWords, patchSize, windowOf, windowWords, type Tile } from './window.ts';

/** Columns of a lane. */
const WIDTH = 4;

const TILES: readonly Tile[] = [
  { m: 8, y: 2, x: WIDTH },
  { m: 16, y: 4, x: WIDTH },
  { m: 32, y: 2, x: WIDTH },
];

export const convSubgroup: Kernel<'conv2d'> = {
  name: 'conv-subgroup',
  doc: 'Constant weights, small windows; a single group, or groups of a multiple of eight outputs.',
  refuses(job, device) {
    const { inputs } = job;
    if (!inputs[1]!.packable) return 'the weights are not constant, or reshaped';
    if (tilesFor(job).length === 0) {
      return 'the window is too large to be unrolled, or the groups too small';
    }
    return refuseSubgroups(device);
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
  return TILES.filter((tile) => (group === 1 || outputs % tile.m === 0) && !tooLarge(job, tile));
}

/** Tiles of output channels, and those of the pixels of all images. */
function countTiles({ output }: Job<'conv2d'>, tile: Tile) {
  const [n, outputs, height, width] = output.shape as [number, number, number, number];
  const [y, x] = [Math.ceil(height / tile.y), Math.ceil(width / tile.x)];
  return { m: Math.ceil(outputs / tile.m), x, y, pixels: n * x * y };
}

/**
 * Whether rows of the image are whole vectors, of which the first that a lane reads begins right after
 * the left border of its window.
 */
function isAligned(job: Job<'conv2d'>): boolean {
  const { kernel, strides, dilations } = windowOf(job);
  const isUsual = kernel[1] === 3 && dilations[1] === 1 && strides[1] <= 2;
  return isUsual && job.node.attrs.pads[1] === 1 && job.inputs[0]!.shape[3]! % 4 === 0;
}

/** Vectors and single elements that a lane loads of a row. */
function rowLoads(job: Job<'conv2d'>, columns: number) {
  if (!isAligned(job)) return { vectors: 0, elements: columns };
  const vectors = windowOf(job).strides[1];
  return { vectors, elements: columns - 4 * vectors };
}

const weightLoads = (taps: number, tile: Tile, lanes: number) =>
  Math.ceil((taps * tile.m) / 4 / lanes);

function estimate(job: Job<'conv2d'>, tile: Tile, lanes: number): number {
  const window = windowOf(job);
  const { rows, columns } = patchSize(window, tile);
  const taps = elementCount(window.kernel);
  const { vectors, elements } = rowLoads(job, columns);
  const outputs = tile.m * tile.y * tile.x;
  const perChannel =
    weightLoads(taps, tile, lanes) * NS.vectorLoad +
    rows * (vectors * NS.vectorLoad + elements * NS.load) +
    outputs * (taps * NS.multiplyAdd + NS.carry);
  const perOutput = job.residual ? 2 * NS.load : NS.load;
  const perGroup = job.inputs[1]!.shape[1]! * perChannel + outputs * perOutput;
  const tiles = countTiles(job, tile);
  return spreadCost(tiles.m * Math.ceil(tiles.pixels / lanes), (perGroup * lanes) / 8);
}

function emit(job: Job<'conv2d'>, tile: Tile, lanes: number, device: DeviceProfile): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const window = windowOf(job);
  const aligned = isAligned(job);
  const isVector = output.shape[3]! % 4 === 0;
  const b = binder(device);
  const x = b.read('x', image!, aligned ? 'vec4f' : 'f32');
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const outside = padValue ? `${b.read('padValue', padValue)}[channel + c]` : '0.0';
  const shift = bias ? ` + ${b.read('bias', bias)}[o]` : '';
  const element = isVector ? 'vec4f' : 'f32';
  const add = residual ? ` + ${b.read('residual', residual, element)}[to]` : '';
  const y = b.write('y', output.id, element);
  const { functions, words, apply } = epilogue(act);
  const [outputs, perGroup] = weights!.shape as [number, number];
  const tiles = countTiles(job, tile);
  const { rows, columns } = patchSize(window, tile);
  const taps = elementCount(window.kernel);
  const loads = weightLoads(taps, tile, lanes);
  const accumulators = range(tile.m).flatMap((m) => range(tile.y).map((i) => ({ m, i })));
  const parts = range(4).map((i) => apply(`sum[${i}]`));
  const applied = act.act === 'none' ? 'sum' : `vec4f(${parts.join(', ')})`;
  const storeVector = `
if (row + i < p.outHeight) {
  let to = (((n * p.outputs + o) * p.outHeight + row + i) * p.outWidth + column) / 4u;
  let sum = value${shift}${add};
  ${y}[to] = ${applied};
}`;
  const storeElements = `
for (var j = 0u; j < 4u; j++) {
  if (row + i < p.outHeight && column + j < p.outWidth) {
    let to = ((n * p.outputs + o) * p.outHeight + row + i) * p.outWidth + column + j;
    ${y}[to] = ${apply(`value[j]${shift}${add}`)};
  }
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
      u32('outputsPerGroup', outputs / node.attrs.group),
      u32('tilesX', tiles.x),
      u32('tilesY', tiles.y),
      u32('tilesM', tiles.m),
      u32('pixelTiles', tiles.pixels),
      u32('lastQuad', Math.ceil(outputs / 4) - 1),
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
${accumulators.map(({ m, i }) => `var a${m}_${i} = vec4f();`).join('\n')}
for (var c = 0u; c < p.perGroup; c++) {
  let outside = ${outside};
  for (var i = 0u; i < ${loads}u; i++) {
    let at = i * ${lanes}u + lane;
    let quad = min(tile * ${tile.m / 4}u + at / ${taps}u, p.lastQuad);
    w[i] = ${w}[(quad * p.perGroup + c) * ${taps}u + at % ${taps}u];
  }
${indent(
  range(rows)
    .map(loadRow(x, columns, aligned ? window.strides[1] : 0))
    .join('\n'),
)}
  plane += p.height * p.width;
${indent(multiplyAdds(job, tile, lanes))}
}
var out: array<vec4f, ${accumulators.length}>;
${accumulators.map(({ m, i }) => `out[${m * tile.y + i}] = a${m}_${i};`).join('\n')}
for (var m = 0u; m < ${tile.m}u; m++) {
  let o = tile * ${tile.m}u + m;
  if (place < p.pixelTiles && o < p.outputs) {
    for (var i = 0u; i < ${tile.y}u; i++) {
      let value = out[m * ${tile.y}u + i];
${indent(isVector ? storeVector : storeElements, 6)}
    }
  }
}`,
  });
  return { steps: [step], temporaries: [] };
}

/** Row i of the patch, v{i}_0 and so on: `vectors` of them at once, the others one by one. */
const loadRow = (x: string, columns: number, vectors: number) => (i: number) => {
  const inVectors = (j: number) => j >= 1 && j <= 4 * vectors;
  const lines = range(vectors).map(
    (v) => `
let q${i}_${v} = select(vec4f(outside), ${x}[(start${i} + clamp(left + ${4 * v + 1}, 0, p.width - 4)) / 4], inside${i} && left + ${4 * v + 1} < p.width);`,
  );
  const columnsOf = range(columns).map((j) => {
    if (inVectors(j)) return `let v${i}_${j} = q${i}_${Math.floor((j - 1) / 4)}[${(j - 1) % 4}];`;
    const at = `start${i} + clamp(left + ${j}, 0, p.width - 1)`;
    const value = vectors > 0 ? `${x}[(${at}) / 4][(left + ${j}) & 3]` : `${x}[${at}]`;
    const bounds = `inside${i} && left + ${j} >= 0 && left + ${j} < p.width`;
    return `let v${i}_${j} = select(outside, ${value}, ${bounds});`;
  });
  return `
let y${i} = top + ${i};
let inside${i} = y${i} >= 0 && y${i} < p.height;
let start${i} = plane + clamp(y${i}, 0, p.height - 1) * p.width;
${[...lines.map((line) => line.trim()), ...columnsOf].join('\n')}`.trim();
};

/** For each output channel its weights, then a line for each row: all taps of one input channel. */
function multiplyAdds(job: Job<'conv2d'>, tile: Tile, lanes: number): string {
  const { kernel, strides, dilations } = windowOf(job);
  const taps = range(kernel[0]).flatMap((i) => range(kernel[1]).map((j) => ({ i, j })));
  const pixels = (row: number, j: number) => {
    const columns = range(tile.x).map((x) => `v${row}_${x * strides[1] + j * dilations[1]}`);
    return `vec4f(${columns.join(', ')})`;
  };
  return range(tile.m)
    .flatMap((m) => {
      const weights = taps.map((_, t) => {
        const at = Math.floor(m / 4) * taps.length + t;
        const vector = Math.floor(at / lanes);
        return `let w${m}_${t} = subgroupBroadcast(w[${vector}][${m % 4}], ${at % lanes}u);`;
      });
      const sums = range(tile.y).map((y) => {
        const terms = taps.map(
          ({ i, j }, t) => `${pixels(y * strides[0] + i * dilations[0], j)} * w${m}_${t}`,
        );
        return `a${m}_${y} += ${terms.join(' + ')};`;
      });
      return [...weights, ...sums];
    })
    .join('\n');
}
