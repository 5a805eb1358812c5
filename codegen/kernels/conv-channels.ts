/**
 * Convolutions of small images by subgroups: each lane has some rows of four outputs in its registers. For
 * each row of the window, the lanes load rows of the image together and broadcast their pixels, so that a
 * load of weights serves every pixel of the rows.
 */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, indent, u32 } from '../shader.ts';
import { NS, spreadCost, STEP_NS } from './cost.ts';
import { refuseSubgroups } from './subgroup-matmul.ts';
import { range } from './tile.ts';
import { imageWords, windowOf, windowWords } from './window.ts';

/** Vectors of sums in a lane: more are no faster, and take drivers longer to compile. */
const MOST_SUMS = 49;

export const convChannels: Kernel<'conv2d'> = {
  name: 'conv-channels',
  doc: 'Constant weights, one group, images of few columns and many channels.',
  madeFor: 'software',
  refuses(job, device) {
    const { inputs, node } = job;
    if (!inputs[1]!.packable) return 'the weights are not constant, or reshaped';
    if (node.attrs.group !== 1) return 'there is more than one group';
    if (rowsFor(job).length === 0) return 'the rows are too long';
    const reason = refuseSubgroups(device);
    if (reason !== null) return reason;
    return device.subgroupSize! < 8 ? 'subgroups of less than 8 are too small for it' : null;
  },
  candidates(job, device) {
    const lanes = device.subgroupSize!;
    return rowsFor(job).map((rows) => ({
      label: `rows${rows}`,
      cost: estimate(job, rows, lanes),
      emit: () => emit(job, rows, lanes, device),
    }));
  },
};

/** Rows that a lane can have. */
function rowsFor(job: Job<'conv2d'>): number[] {
  const [, , height, width] = job.output.shape as [number, number, number, number];
  const [, , , imageWidth] = job.inputs[0]!.shape as [number, number, number, number];
  const taps = windowOf(job).kernel[1];
  const most = Math.floor(Math.min(MOST_SUMS, 192 / taps) / width);
  return imageWidth > 128 ? [] : range(Math.min(most, height)).map((i) => i + 1);
}

/** How the lanes load rows of the image: in each load some rows, or a part of a row. */
interface RowLayout {
  /** Elements of a load of one lane. */
  readonly width: 1 | 4;
  /** Loads that have all of a row, of whatever alignment it is. */
  readonly needed: number;
  /** The lanes a row takes, a power of two; or all of them, several times. */
  readonly slots: number;
  /** Whether rows begin within vectors, so that lanes have to move what they loaded. */
  readonly shifts: 'none' | 'even' | 'any';
}

function layoutOf(job: Job<'conv2d'>, lanes: number): RowLayout {
  const { shape } = job.inputs[0]!;
  const width = shape[3]!;
  const step = width % 4 === 0 ? 4 : width % 2 === 0 ? 2 : 1;
  const vectors = Math.ceil((width + 4 - step) / 4);
  // A buffer that does not end with a vector would lose its last elements; a vector that has to be moved can
  // only get elements of the same load.
  const isVector = elementCount(shape) % 4 === 0 && (step === 4 || vectors <= lanes);
  const needed = isVector ? vectors : width;
  return {
    width: isVector ? 4 : 1,
    needed,
    slots: needed > lanes ? Math.ceil(needed / lanes) * lanes : 2 ** Math.ceil(Math.log2(needed)),
    shifts: !isVector || step === 4 ? 'none' : step === 2 ? 'even' : 'any',
  };
}

/** Loads of the image for `rows` rows. */
const imageLoads = ({ slots }: RowLayout, rows: number, lanes: number) =>
  Math.ceil((rows * slots) / lanes);

function countTiles({ output }: Job<'conv2d'>, rows: number, lanes: number) {
  const [n, outputs, height] = output.shape as [number, number, number, number];
  return { n, m: Math.ceil(outputs / (4 * lanes)), y: Math.ceil(height / rows) };
}

function estimate(job: Job<'conv2d'>, rows: number, lanes: number): number {
  const [kernelHeight, kernelWidth] = windowOf(job).kernel;
  const layout = layoutOf(job, lanes);
  const sums = 4 * rows * job.output.shape[3]!;
  const perRow =
    (kernelWidth + imageLoads(layout, rows, lanes)) * STEP_NS.vectorLoad +
    sums * (kernelWidth * STEP_NS.multiplyAdd + STEP_NS.carry);
  const perOutput = job.residual ? 2 * NS.load : NS.load;
  const perGroup = job.inputs[1]!.shape[1]! * kernelHeight * perRow + sums * perOutput;
  const tiles = countTiles(job, rows, lanes);
  return spreadCost(tiles.n * tiles.m * tiles.y, (perGroup * lanes) / 8);
}

function emit(job: Job<'conv2d'>, rows: number, lanes: number, device: DeviceProfile): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const { kernel, strides, dilations } = windowOf(job);
  const [kernelHeight, kernelWidth] = kernel;
  const [outputs, channels] = weights!.shape as [number, number];
  const outWidth = output.shape[3]!;
  const layout = layoutOf(job, lanes);
  const tiles = countTiles(job, rows, lanes);
  const loads = imageLoads(layout, rows, lanes);
  const vector = layout.width === 4 ? 'vec4f' : 'f32';
  const b = binder(device);
  const x = b.read('x', image!, vector);
  const w = b.read('weights', weights!, 'vec4f', 'quads');
  const outside = padValue ? b.read('padValue', padValue)('c') : '0.0';
  const shift = bias ? b.read('bias', bias)('o') : '0.0';
  const add = residual ? ` + ${b.read('residual', residual)('to')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const sums = range(rows).flatMap((i) => range(outWidth).map((j) => ({ i, j })));
  // Written out: drivers do not unroll such loops where there are many, and then keep arrays in memory.
  const loadWeights = range(kernelWidth).map((i) => `w[${i}] = ${w(`at + ${i}u`)};`);
  const loadRows = range(loads).map(
    (i) => `{
  let line = ${i * lanes} + i32(lane);
  let yy = top + line / ${layout.slots} * ${strides[0]} + k * ${dilations[0]};
  let slot = min(line % ${layout.slots}, ${layout.needed - 1});
  let start = plane + clamp(yy, 0, p.height - 1) * p.width;
  let value = ${x(`min(start / ${layout.width} + slot, p.last)`)};
${indent(moved(layout, lanes))}
  v[${i}] = select(${vector}(outside), moved, (yy >= 0) & (yy < p.height));
}`,
  );
  const step = b.step({
    kernel: 'conv-channels',
    label: `rows${rows}`,
    lanes,
    words: [
      ...imageWords(image!.shape, output.shape),
      ...windowWords(kernel, strides, node.attrs.pads),
      u32('channels', channels),
      u32('steps', channels * kernelHeight),
      u32('outputs', outputs),
      u32('lastQuad', Math.ceil(outputs / 4) - 1),
      u32('tilesM', tiles.m),
      u32('tilesY', tiles.y),
      i32('last', elementCount(image!.shape) / layout.width - 1),
      // In uniforms, so that drivers do not unroll the loops that store.
      u32('pixels', sums.length),
      u32('four', 4),
      ...words,
    ],
    invocations: tiles.n * tiles.m * tiles.y,
    functions,
    body: `
let quad = index % p.tilesM * ${lanes}u + lane;
let row = index / p.tilesM % p.tilesY * ${rows}u;
let n = index / p.tilesM / p.tilesY;
let top = i32(row) * ${strides[0]} - p.top;
var at = min(quad, p.lastQuad) * p.channels * ${kernelHeight * kernelWidth}u;
var plane = i32(n * p.channels) * p.height * p.width;
var w: array<vec4f, ${kernelWidth}>;
var v: array<${vector}, ${loads}>;
${sums.map(({ i, j }) => `var a${i}_${j} = vec4f();`).join('\n')}
// One loop: at the end of each, drivers that mask lanes blend all sums.
var c = 0u;
var k = 0;
for (var step = 0u; step < p.steps; step++) {
  let outside = ${outside};
${indent([...loadWeights, ...loadRows].join('\n'))}
  at += ${kernelWidth}u;
${indent(multiplyAdds(job, rows, layout, lanes))}
  let isLast = k + 1 == p.kernelHeight;
  k = select(k + 1, 0, isLast);
  c += select(0u, 1u, isLast);
  plane += select(0, p.height * p.width, isLast);
}
var out: array<vec4f, ${sums.length}>;
${sums.map(({ i, j }) => `out[${i * outWidth + j}] = a${i}_${j};`).join('\n')}
for (var q = 0u; q < p.four; q++) {
  let o = quad * 4u + q;
  let shift = ${shift};
  for (var e = 0u; e < p.pixels; e++) {
    let i = row + e / ${outWidth}u;
    if (o < p.outputs && i < p.outHeight) {
      let to = ((n * p.outputs + o) * p.outHeight + i) * p.outWidth + e % ${outWidth}u;
      ${y('to', apply(`out[e][q] + shift${add}`))};
    }
  }
}`,
  });
  return { steps: [step], temporaries: [] };
}

/** Four elements from where the row begins, of those that the lane and the next one loaded. */
function moved({ shifts }: RowLayout, lanes: number): string {
  if (shifts === 'none') return 'let moved = value;';
  const next = (parts: string) =>
    `let next = subgroupShuffle(value.${parts}, (lane + 1u) % ${lanes}u);`;
  const byTwo = (parts: string) => `vec4f(value.zw, ${parts})`;
  if (shifts === 'even') {
    return `${next('xy')}\nlet moved = select(value, ${byTwo('next')}, (start & 2) != 0);`;
  }
  return `${next('xyz')}
let even = select(value, ${byTwo('next.xy')}, (start & 2) != 0);
let odd = select(vec4f(value.yzw, next.x), vec4f(value.w, next), (start & 2) != 0);
let moved = select(even, odd, (start & 1) != 0);`;
}

/** For each row its pixels, then a line for each sum: the taps of one row of the window. */
function multiplyAdds(job: Job<'conv2d'>, rows: number, layout: RowLayout, lanes: number): string {
  const { kernel, strides, dilations } = windowOf(job);
  const [image, , , padValue] = job.inputs;
  const left = job.node.attrs.pads[1]!;
  const broadcast = (row: number, column: number) => {
    const at = row * layout.slots + Math.floor(column / layout.width);
    const part = layout.width === 1 ? '' : `[${column % layout.width}]`;
    return `subgroupBroadcast(v[${Math.floor(at / lanes)}]${part}, ${at % lanes}u)`;
  };
  const lines = range(rows).map((row) => {
    const pixels = new Map<number, string>();
    const products = range(job.output.shape[3]!).map((j) => {
      const terms = range(kernel[1]).flatMap((tap) => {
        const column = j * strides[1] + tap * dilations[1] - left;
        if (column < 0 || column >= image!.shape[3]!)
          return padValue ? [`outside * w[${tap}]`] : [];
        pixels.set(column, `let x${row}_${column} = ${broadcast(row, column)};`);
        return [`x${row}_${column} * w[${tap}]`];
      });
      return terms.length > 0 ? [`a${row}_${j} += ${terms.join(' + ')};`] : [];
    });
    return [...pixels.values(), ...products.flat()];
  });
  return lines.flat().join('\n');
}
