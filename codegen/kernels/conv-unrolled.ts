/**
 * Convolutions on hardware that are no large products: depthwise ones, small groups, few input channels. An
 * invocation has one output, or four channels, by some columns in registers; the window is unrolled.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import { bytesOf, elementBytes, type Emission, type Job, type Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, indent, u32, weightType } from '../shader.ts';
import { roofline } from './cost.ts';
import { range } from './tile.ts';
import { weightBytes, weightPacking } from './weight-packing.ts';
import { imageWords, patchSize, windowOf, windowWords } from './window.ts';

/** m channels by x columns. */
interface Tile {
  readonly m: 1 | 4;
  readonly x: number;
}

const TILES: readonly Tile[] = [
  { m: 1, x: 1 },
  { m: 1, x: 4 },
  { m: 4, x: 1 },
  { m: 4, x: 4 },
];

const WORKGROUP = 64;

/** Above these many, the unrolled body is too long. */
const MOST_TAPS = 64;

const labelOf = ({ m, x }: Tile): string => `m${m}x${x}`;

const rowsOf = ({ m, x }: Tile) => ({ m, y: 1, x });

export const convUnrolled: Kernel<'conv2d'> = {
  name: 'conv-unrolled',
  doc: 'Any number of groups, also with computed weights; small windows.',
  madeFor: 'hardware',
  refuses: (job) =>
    elementCount(windowOf(job).kernel) > MOST_TAPS
      ? 'the window is too large to be unrolled'
      : null,
  candidates(job, device) {
    const { pack } = weightPacking(job.inputs[1]!, job.node.attrs.group);
    return TILES.filter(({ m }) => pack % m === 0).map((tile) => ({
      label: labelOf(tile),
      cost: estimate(job, tile),
      emit: () => emit(job, tile, device),
    }));
  },
};

/** Tiles of a row, and of the output channels. */
const countTiles = ({ output }: Job<'conv2d'>, { m, x }: Tile): [number, number] => [
  Math.ceil(output.shape[3]! / x),
  Math.ceil(output.shape[1]! / m),
];

function estimate(job: Job<'conv2d'>, tile: Tile): number {
  const window = windowOf(job);
  const taps = elementCount(window.kernel);
  const [image, weights] = job.inputs;
  const depth = weights!.shape[1]!;
  const [x, m] = countTiles(job, tile);
  const [batch, , height] = job.output.shape as [number, number, number];
  const patch = patchSize(window, rowsOf(tile));
  const products = tile.m * tile.x * taps;
  // A processor does a load, of neighbours or the same for all, in the time of four multiply-adds.
  const loads = 4 * (patch.rows * patch.columns + taps);
  const invocations = batch * m * height * x;
  const workgroups = Math.ceil(invocations / WORKGROUP);
  const shared = patchSize(window, {
    m: tile.m,
    y: Math.ceil(WORKGROUP / x),
    x: Math.min(x, WORKGROUP) * tile.x,
  });
  return roofline({
    workgroups,
    workgroupSize: WORKGROUP,
    sums: tile.m * tile.x,
    flops: 2 * invocations * depth * products,
    bytes: bytesOf(image!) + bytesOf(job.output) * (job.residual ? 2 : 1) + weightBytes(job),
    cachedBytes:
      workgroups *
      depth *
      (elementBytes(image!.type) * shared.rows * shared.columns +
        elementBytes(weightType(job)) * tile.m * taps),
    waits: depth,
    efficiency: products / (products + loads),
  });
}

function emit(job: Job<'conv2d'>, tile: Tile, device: DeviceProfile): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const { strides, pads, dilations, group } = node.attrs;
  const { kernel } = windowOf(job);
  const { packing, pack } = weightPacking(weights!, group);
  const [outputs, perGroup] = weights!.shape as [number, number];
  const [tilesX, tilesM] = countTiles(job, tile);
  const taps = elementCount(kernel);
  const vector = tile.m === 4 ? 'vec4f' : 'f32';
  const b = binder(device);
  const x = b.read('x', image!);
  const weightAt = b.weights(job, vector, packing);
  const outside = padValue ? b.read('padValue', padValue)('channel') : '0.0';
  const shift = bias ? ` + ${b.read('bias', bias)('o')}` : '';
  const add = residual ? ` + ${b.read('residual', residual)('to')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const weight = (t: number) =>
    weightAt(
      tile.m === 4
        ? `(tile * p.perGroup + c) * ${taps}u + ${t}u`
        : `((tile / p.pack * p.perGroup + c) * ${taps}u + ${t}u) * p.pack + tile % p.pack`,
    );
  const columns = [
    ...new Set(range(tile.x).flatMap((i) => range(kernel[1]).map((j) => columnOf(i, j)))),
  ].sort((a, z) => a - z);
  function columnOf(i: number, j: number): number {
    return i * strides[1]! + j * dilations[1]!;
  }
  const isPadded = pads.some((pad) => pad > 0);
  // Beyond the last column of outputs there may be no image; what is loaded there is not used.
  const load = (j: number) => {
    const value = x(`start + clamp(left + ${j}, 0, p.width - 1)`);
    const isInside = `inside & (left + ${j} >= 0) & (left + ${j} < p.width)`;
    return `let v${j} = ${isPadded ? `select(outside, ${value}, ${isInside})` : value};`;
  };
  const row = (i: number) => `{
  let yy = top + ${i * dilations[0]!};
  let inside = (yy >= 0) & (yy < p.height);
  let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
${indent(columns.map(load).join('\n'))}
${indent(
  range(kernel[1])
    .map((j) => {
      const sums = range(tile.x).map((at) => `sum${at} += w${j} * v${columnOf(at, j)};`);
      return [`let w${j} = ${weight(i * kernel[1] + j)};`, ...sums].join('\n');
    })
    .join('\n'),
)}
}`;
  const store = (at: number) => `
if (column + ${at}u < p.outWidth) {
  for (var e = 0u; e < ${tile.m}u; e++) {
    let o = tile * ${tile.m}u + e;
    if (o < p.outputs) {
      let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column + ${at}u;
      ${y('to', apply(`${tile.m === 4 ? `sum${at}[e]` : `sum${at}`}${shift}${add}`))};
    }
  }
}`;
  const step = b.step({
    kernel: 'conv-unrolled',
    label: labelOf(tile),
    workgroupSize: WORKGROUP,
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(kernel, strides, pads),
      u32('channels', image!.shape[1]!),
      u32('outputs', outputs),
      u32('perGroup', perGroup),
      u32('outputsPerGroup', outputs / group),
      u32('pack', pack),
      u32('tilesX', tilesX),
      u32('tilesM', tilesM),
      ...words,
    ],
    invocations: output.shape[0]! * tilesM * output.shape[2]! * tilesX,
    functions,
    body: `
let column = index % p.tilesX * ${tile.x}u;
let row = index / p.tilesX % p.outHeight;
let tile = index / p.tilesX / p.outHeight % p.tilesM;
let n = index / p.tilesX / p.outHeight / p.tilesM;
let left = i32(column) * p.strideX - p.left;
let top = i32(row) * p.strideY - p.top;
let channel0 = tile * ${tile.m}u / p.outputsPerGroup * p.perGroup;
${range(tile.x)
  .map((at) => `var sum${at} = ${vector}();`)
  .join('\n')}
for (var c = 0u; c < p.perGroup; c++) {
  let channel = channel0 + c;
  let outside = ${outside};
  let plane = i32(n * p.channels + channel) * p.height;
${indent(range(kernel[0]).map(row).join('\n'))}
}
${range(tile.x).map(store).join('').trim()}`,
  });
  return { steps: [step], temporaries: [] };
}
