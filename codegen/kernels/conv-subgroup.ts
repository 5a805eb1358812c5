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

/** Each is one more pipeline to compile, which takes lavapipe seconds. */
const TILES: readonly Tile[] = [
  { m: 8, y: 2, x: WIDTH },
  { m: 32, y: 2, x: WIDTH },
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
  return TILES.filter((tile) => (group === 1 || outputs % tile.m === 0) && !tooLarge(job, tile));
}

/** Tiles of output channels, and those of the pixels of all images. */
function countTiles({ output }: Job<'conv2d'>, tile: Tile) {
  const [n, outputs, height, width] = output.shape as [number, number, number, number];
  const [y, x] = [Math.ceil(height / tile.y), Math.ceil(width / tile.x)];
  return { m: Math.ceil(outputs / tile.m), x, y, pixels: n * x * y };
}

const weightLoads = (taps: number, tile: Tile, lanes: number) =>
  Math.ceil((taps * tile.m) / 4 / lanes);

function estimate(job: Job<'conv2d'>, tile: Tile, lanes: number): number {
  const window = windowOf(job);
  const { rows, columns } = patchSize(window, tile);
  const taps = elementCount(window.kernel);
  const outputs = tile.m * tile.y * tile.x;
  const perChannel =
    weightLoads(taps, tile, lanes) * NS.vectorLoad +
    rows * columns * NS.load +
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
  const b = binder(device);
  const x = b.read('x', image!);
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const outside = padValue ? `${b.read('padValue', padValue)}[channel + c]` : '0.0';
  const shift = bias ? ` + ${b.read('bias', bias)}[o]` : '';
  const add = residual ? ` + ${b.read('residual', residual)}[to]` : '';
  const y = b.write('y', output.id);
  const { functions, words, apply } = epilogue(act);
  const [outputs, perGroup] = weights!.shape as [number, number];
  const tiles = countTiles(job, tile);
  const { rows, columns } = patchSize(window, tile);
  const taps = elementCount(window.kernel);
  const loads = weightLoads(taps, tile, lanes);
  const accumulators = range(tile.m).flatMap((m) => range(tile.y).map((i) => ({ m, i })));
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
      // In a uniform, so that drivers do not unroll the loop that stores.
      u32('results', tile.m * tile.y * tile.x),
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
${indent(range(rows).map(loadRow(x, columns)).join('\n'))}
  plane += p.height * p.width;
${indent(multiplyAdds(job, tile, lanes))}
}
var out: array<vec4f, ${accumulators.length}>;
${accumulators.map(({ m, i }) => `out[${m * tile.y + i}] = a${m}_${i};`).join('\n')}
for (var e = 0u; e < p.results; e++) {
  let o = tile * ${tile.m}u + e / ${tile.y * tile.x}u;
  let i = row + e / ${tile.x}u % ${tile.y}u;
  let j = column + e % ${tile.x}u;
  if (place < p.pixelTiles && o < p.outputs && i < p.outHeight && j < p.outWidth) {
    let to = ((n * p.outputs + o) * p.outHeight + i) * p.outWidth + j;
    ${y}[to] = ${apply(`out[e / 4u][e % 4u]${shift}${add}`)};
  }
}`,
  });
  return { steps: [step], temporaries: [] };
}

/** Row i of the patch: v{i}_0 and so on. */
const loadRow = (x: string, columns: number) => (i: number) => {
  const elements = range(columns).map((j) => {
    const value = `${x}[start${i} + clamp(left + ${j}, 0, p.width - 1)]`;
    const bounds = `inside${i} && left + ${j} >= 0 && left + ${j} < p.width`;
    return `let v${i}_${j} = select(outside, ${value}, ${bounds});`;
  });
  return `let y${i} = top + ${i};
let inside${i} = y${i} >= 0 && y${i} < p.height;
let start${i} = plane + clamp(y${i}, 0, p.height - 1) * p.width;
${elements.join('\n')}`;
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
