/**
 * Depthwise convolutions by rows: an invocation walks down a strip of one channel. It loads each row of the
 * strip once, in vectors, and keeps in registers what the next rows of outputs need again.
 */
import { elementCount, extent } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission, Job, Kernel } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, indent, u32, type Read } from '../shader.ts';
import { NS, spreadCost } from './cost.ts';
import {
  costOfPieces,
  cutRow,
  indexOf,
  partsOf,
  typeOf,
  vectorOf,
  vectorSize,
  type Piece,
} from './row-pieces.ts';
import { range } from './tile.ts';
import { weightPacking } from './weight-packing.ts';
import { LANES } from './window-conv.ts';
import { windowOf, type ConvWindow } from './window.ts';

/** Columns of a strip: where rows are not wider, they are strips as a whole, which need no bounds. */
const WIDTHS = [8, 28];
/** Into how many strips columns are cut. */
const PARTS = [1, 2, 4, 8];
/** Loads and stores of a row of outputs: the code of more does not fit lavapipe's cache of instructions. */
const MOST_SITES = 14;

export const convDepthwiseRows: Kernel<'conv2d'> = {
  name: 'conv-depthwise-rows',
  doc: 'One channel in each group, with any number of outputs; small windows, also of computed weights.',
  madeFor: 'software',
  refuses(job) {
    if (job.inputs[1]!.shape[1] !== 1) return 'a group has more than one channel';
    return widthsOf(job).length === 0 ? 'the window is too large to be unrolled' : null;
  },
  candidates: (job, device) =>
    widthsOf(job).flatMap((x) =>
      heightsOf(job).map((y) => ({
        label: `x${x}y${y}`,
        cost: estimate(job, x, y),
        emit: () => emit(job, x, y, device),
      })),
    ),
};

interface Strip extends ConvWindow {
  /** Columns of outputs. */
  readonly x: number;
  readonly isWhole: boolean;
  /** The input's columns that the image has too little on the left. */
  readonly left: number;
  /** Rows kept from before, and rows loaded, for each row of outputs. */
  readonly kept: number;
  readonly loaded: number;
  /** How many rows of outputs it starts above its first, to load what that needs. */
  readonly ahead: number;
  readonly pieces: readonly Piece[];
  readonly stored: readonly Piece[];
  readonly taps: number;
}

function stripOf(job: Job<'conv2d'>, x: number): Strip {
  const window = windowOf(job);
  const { kernel, strides, dilations } = window;
  const [width, outWidth] = [job.inputs[0]!.shape[3]!, job.output.shape[3]!];
  const left = job.node.attrs.pads[1]!;
  const rows = extent(kernel[0], dilations[0]);
  const loaded = Math.min(strides[0], rows);
  const isWhole = x === outWidth;
  const last = (x - 1) * strides[1] + extent(kernel[1], dilations[1]) - 1 - left;
  const pieces = isWhole
    ? cutRow(Math.max(-left, 0), Math.min(last, width - 1), vectorSize(width))
    : cutRow(-left, last, vectorSize(width));
  return {
    ...window,
    x,
    isWhole,
    left,
    kept: rows - loaded,
    loaded,
    ahead: Math.ceil((rows - loaded) / strides[0]),
    pieces,
    stored: cutRow(0, x - 1, vectorSize(outWidth)),
    taps: elementCount(kernel),
  };
}

function widthsOf(job: Job<'conv2d'>): number[] {
  const widths = new Set(WIDTHS.map((x) => Math.min(x, job.output.shape[3]!)));
  return [...widths].filter((x, i) => {
    const { taps, kept, loaded, pieces, stored } = stripOf(job, x);
    const isShort = i === 0 || loaded * pieces.length + stored.length <= MOST_SITES;
    return isShort && taps * x <= 700 && (kept + loaded) * pieces.length <= 100;
  });
}

const heightsOf = ({ output }: Job<'conv2d'>): number[] => [
  ...new Set(PARTS.map((parts) => Math.ceil(output.shape[2]! / parts))),
];

const countStrips = ({ output }: Job<'conv2d'>, x: number, y: number) => ({
  x: Math.ceil(output.shape[3]! / x),
  y: Math.ceil(output.shape[2]! / y),
  planes: output.shape[0]! * output.shape[1]!,
});

function estimate(job: Job<'conv2d'>, x: number, y: number): number {
  const { pieces, kept, loaded, taps, ahead, stored } = stripOf(job, x);
  const columns = pieces.reduce((sum, { size }) => sum + size, 0);
  const perRow =
    loaded * costOfPieces(pieces) +
    costOfPieces(stored) * (job.residual ? 2 : 1) +
    x * taps * NS.multiplyAdd +
    kept * columns * NS.carry;
  const strips = countStrips(job, x, y);
  const groups = Math.ceil((strips.x * strips.y * strips.planes) / LANES);
  return spreadCost(groups, (LANES / 8) * (taps * NS.load + (y + ahead) * perRow));
}

function emit(job: Job<'conv2d'>, x: number, y: number, device: DeviceProfile): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias, padValue] = job.inputs;
  const strip = stripOf(job, x);
  const { pieces, stored, taps, kept } = strip;
  const b = binder(device);
  const sizes = new Set(pieces.map(({ size }) => size));
  const images = new Map(
    [...sizes].map((size) => [size, b.read(`x${size}`, image!, typeOf(size))]),
  );
  const { packing, pack } = weightPacking(weights!, node.attrs.group);
  const w = b.read('weights', weights!, 'f32', packing);
  const outside = padValue ? b.read('padValue', padValue)('channel') : '0.0';
  const shift = bias ? b.read('bias', bias)('o') : '0.0';
  const unit = vectorSize(output.shape[3]!);
  const added = residual && b.read('residual', residual, typeOf(unit));
  const to = b.write('y', output, typeOf(unit));
  const { functions, words, apply } = epilogue(act);
  const [, , height, width] = image!.shape as [number, number, number, number];
  const [, outputs, outHeight, outWidth] = output.shape as [number, number, number, number];
  const strips = countStrips(job, x, y);
  const store = (piece: Piece, q: number) => {
    const sums = range(piece.size).map((k) => sumOf(strip, piece.start + k));
    const sum = `${vectorOf(sums)}${added ? ` + ${added(`at + ${q}`)}` : ''}`;
    const result = vectorOf(partsOf(`sum${q}`, piece.size).map(apply));
    const stores = `${to(`at + ${q}`, act.act === 'none' ? `sum${q}` : result)};`;
    const guarded = `if (column + ${piece.start} < p.outWidth) {\n  ${stores}\n}`;
    return `let sum${q} = ${sum};\n${strip.isWhole ? stores : guarded}`;
  };
  const step = b.step({
    kernel: 'conv-depthwise-rows',
    label: `x${x}`,
    workgroupSize: LANES,
    words: [
      i32('height', height),
      i32('width', width),
      i32('outHeight', outHeight),
      i32('outWidth', outWidth),
      i32('top', node.attrs.pads[0]!),
      u32('outputs', outputs),
      u32('multiplier', outputs / node.attrs.group),
      u32('pack', pack),
      u32('stripsX', strips.x),
      u32('stripsY', strips.y),
      i32('rows', y),
      ...words,
    ],
    invocations: strips.x * strips.y * strips.planes,
    functions,
    body: `
let column = i32(index % p.stripsX) * ${x};
let first = i32(index / p.stripsX % p.stripsY) * p.rows;
let image = index / p.stripsX / p.stripsY;
let o = image % p.outputs;
let channel = o / p.multiplier;
let plane = i32(image / p.multiplier) * p.height;
let outside = ${outside};
let shift = ${shift};
let left = column * ${strip.strides[1]};
${range(taps)
  .map((t) => `let w${t} = ${w(`(o / p.pack * ${taps}u + ${t}u) * p.pack + o % p.pack`)};`)
  .join('\n')}
${eachKept(strip, (name, size) => `var ${name} = ${typeOf(size)}();`)}
for (var i = -${strip.ahead}; i < p.rows; i++) {
  let row = first + i;
${indent(
  range(strip.loaded)
    .map((r) => loadRow(strip, kept + r, images))
    .join('\n'),
)}
  if (i >= 0 && row < p.outHeight) {
    let at = ((i32(image) * p.outHeight + row) * p.outWidth + column) / ${unit};
${indent(stored.map(store).join('\n'), 4)}
  }
${indent(eachKept(strip, (name, _, below) => `${name} = ${below};`))}
}`,
  });
  return { steps: [step], temporaries: [] };
}

/** A line for each piece of the rows that are kept, with its name and that of the piece `strides[0]` below. */
const eachKept = (
  { kept, pieces, strides }: Strip,
  line: (name: string, size: Piece['size'], below: string) => string,
): string =>
  range(kept)
    .flatMap((r) =>
      pieces.map(({ size }, q) => line(`r${r}_${q}`, size, `r${r + strides[0]}_${q}`)),
    )
    .join('\n');

/** Row r of the window: r{r}_0 and so on. */
function loadRow(strip: Strip, r: number, images: ReadonlyMap<number, Read>): string {
  const lines = strip.pieces.map((piece, q) => {
    const { start, size } = piece;
    const column = strip.isWhole ? `${start}` : `clamp(left + ${start}, 0, p.width - ${size})`;
    const bounds = strip.isWhole ? '' : ` & (left + ${start} >= 0) & (left + ${start} < p.width)`;
    const value = images.get(size)!(indexOf(`start${r} + ${column}`, piece));
    const none = vectorOf(range(size).map(() => 'outside'));
    return `let r${r}_${q} = select(${none}, ${value}, inside${r}${bounds});`;
  });
  return `let y${r} = row * ${strip.strides[0]} - p.top + ${r};
let inside${r} = (y${r} >= 0) & (y${r} < p.height);
let start${r} = (plane + clamp(y${r}, 0, p.height - 1)) * p.width;
${lines.join('\n')}`;
}

/** All taps of the output in column x of the strip. */
function sumOf({ kernel, strides, dilations, left, pieces }: Strip, x: number): string {
  const terms = range(kernel[0]).flatMap((i) =>
    range(kernel[1]).map((j) => {
      const column = x * strides[1] + j * dilations[1] - left;
      const q = pieces.findIndex(({ start, size }) => column >= start && column < start + size);
      const { start, size } = pieces[q] ?? { start: 0, size: 1 };
      const value = q < 0 ? 'outside' : partsOf(`r${i * dilations[0]}_${q}`, size)[column - start];
      return `w${i * kernel[1] + j} * ${value}`;
    }),
  );
  return ['shift', ...terms].join(' + ');
}
