/** 1x1 convolutions without padding: a matrix product, m outputs by x pixels for each invocation. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, indent, u32 } from '../shader.ts';
import { accumulators, range, storeTile } from './tile.ts';
import { NS } from './cost.ts';
import { LANES } from './window-conv.ts';
import type { Tile } from './window.ts';

const TILES: readonly Tile[] = [
  { m: 4, y: 1, x: 4 },
  { m: 8, y: 1, x: 7 },
  { m: 16, y: 1, x: 7 },
  { m: 16, y: 1, x: 14 },
];
/** Input channels in a step: an accumulator that crosses a loop's end costs as much as two products. */
const UNROLL = 2;

export const convPointwise: Kernel<'conv2d'> = {
  name: 'conv-pointwise',
  doc: 'Constant 1x1 weights in a single group, no padding, any strides.',
  madeFor: 'software',
  refuses({ node, inputs }) {
    const { shape, packable } = inputs[1]!;
    if (!packable) return 'the weights are not constant, or reshaped';
    if (shape[2] !== 1 || shape[3] !== 1) return 'the window is not 1x1';
    if (node.attrs.group !== 1) return 'there is more than one group';
    return node.attrs.pads.some((pad) => pad !== 0) ? 'there is padding' : null;
  },
  candidates: (job, device) =>
    TILES.map((tile) => ({
      label: `m${tile.m}x${tile.x}`,
      cost: estimate(job, tile),
      emit: () => emit(job, tile, device),
    })),
};

const planeOf = ({ output }: Job<'conv2d'>) => output.shape[2]! * output.shape[3]!;

const countTiles = (job: Job<'conv2d'>, tile: Tile): [number, number] => [
  Math.ceil(planeOf(job) / tile.x),
  Math.ceil(job.output.shape[1]! / tile.m),
];

function estimate(job: Job<'conv2d'>, tile: Tile): number {
  const outputs = tile.m * tile.x;
  const perChannel =
    (tile.m / 4) * NS.vectorLoad +
    tile.x * NS.load +
    outputs * (NS.multiplyAdd + NS.carry / UNROLL);
  const perOutput = job.residual ? 2 * NS.load : NS.load;
  const perInvocation = job.inputs[1]!.shape[1]! * perChannel + outputs * perOutput;
  const groups = Math.ceil((job.output.shape[0]! * elementCount(countTiles(job, tile))) / LANES);
  return (groups * (LANES / 8) * perInvocation) / Math.min(groups, 2);
}

function emit(job: Job<'conv2d'>, tile: Tile, device: DeviceProfile): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias] = job.inputs;
  const b = binder(device);
  const x = b.read('x', image!);
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const readBias = bias ? b.read('bias', bias) : null;
  const readResidual = residual ? b.read('residual', residual) : null;
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const [outputs, depth] = weights!.shape as [number, number];
  const [, channels, height, width] = image!.shape as [number, number, number, number];
  const { strides } = node.attrs;
  const isDense = strides.every((stride) => stride === 1);
  const place = isDense ? 'pixel' : 'pixel / p.width * p.rowStep + pixel % p.width * p.columnStep';
  const tiles = countTiles(job, tile);
  const step = b.step({
    kernel: 'conv-pointwise',
    label: `m${tile.m}x${tile.x}`,
    workgroupSize: LANES,
    words: [
      u32('depth', depth),
      u32('image', channels * height * width),
      u32('plane', height * width),
      u32('rowStep', strides[0]! * width),
      u32('columnStep', strides[1]!),
      u32('width', output.shape[3]!),
      u32('outputs', outputs),
      // The pixels of the output are one row.
      u32('outHeight', 1),
      u32('outWidth', planeOf(job)),
      u32('tilesX', tiles[0]),
      u32('tilesM', tiles[1]),
      u32('tileX', tile.x),
      u32('quads', tile.m / 4),
      u32('lastQuad', Math.ceil(outputs / 4) - 1),
      u32('unroll', UNROLL),
      ...words,
    ],
    invocations: output.shape[0]! * elementCount(tiles),
    functions,
    body: `
let row = 0u;
let column = index % p.tilesX * ${tile.x}u;
let tile = index / p.tilesX % p.tilesM;
let n = index / p.tilesX / p.tilesM;
var plane = n * p.image;
var w: array<vec4f, ${(UNROLL * tile.m) / 4}>;
var v: array<f32, ${UNROLL * tile.x}>;
${accumulators(tile)
  .map(({ name }) => `var ${name} = vec4f();`)
  .join('\n')}
for (var c = 0u; c < p.depth; c += ${UNROLL}u) {
  for (var q = 0u; q < p.quads; q++) {
    let start = min(tile * p.quads + q, p.lastQuad) * p.depth + c;
    for (var u = 0u; u < p.unroll; u++) {
      w[q * p.unroll + u] = ${w('start + u')};
    }
  }
  for (var u = 0u; u < p.unroll; u++) {
    for (var i = 0u; i < p.tileX; i++) {
      let pixel = min(column + i, p.outWidth - 1u);
      let value = ${x(`plane + ${place}`)};
      v[u * ${tile.x}u + i] = select(0.0, value, c + u < p.depth);
    }
    plane += p.plane;
  }
${indent(multiplyAdds(tile))}
}
${storeTile(tile, { y, bias: readBias, residual: readResidual, apply })}`,
  });
  return { steps: [step], temporaries: [] };
}

function multiplyAdds(tile: Tile): string {
  const lines = accumulators(tile).map(({ name, m, x }) => {
    const products = range(UNROLL).map((u) => `w[${m * UNROLL + u}] * v[${u * tile.x + x}]`);
    return `${name} += ${products.join(' + ')};`;
  });
  return lines.join('\n');
}
