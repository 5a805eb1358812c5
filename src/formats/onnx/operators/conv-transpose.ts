/** ConvTranspose, whose pads may be given by the size of its output instead. */
import { extent, shapeError, unsupported, type Dim } from '../../../../ir/index.ts';
import { int, intList, text } from '../onnx-node.ts';
import { node, type ImportOp, type Site } from '../site.ts';
import { expectComparable, expectImage } from './expect.ts';

/** Along an axis: what is cut off at both ends, and added after that. */
interface Ends {
  readonly before: number;
  readonly after: number;
  readonly added: number;
}

/** `total` cut off; the odd one at the end for SAME_UPPER, else at the start. Less than none is added. */
function split(total: number, added: number, isUpper: boolean): Ends {
  if (total < 0) return { before: 0, after: 0, added: added - total };
  const half = Math.floor(total / 2);
  const before = isUpper ? half : total - half;
  return { before, after: total - before, added };
}

function endsOf(site: Site, kernel: readonly number[], sizes: readonly Dim[], axis: 0 | 1): Ends {
  const { node: onnx } = site;
  const one = (name: string, standard: number) => intList(onnx, name)?.[axis] ?? standard;
  const [stride, added] = [one('strides', 1), one('output_padding', 0)];
  const covered = extent(kernel[axis]!, one('dilations', 1));
  const auto = text(onnx, 'auto_pad', 'NOTSET');
  const isUpper = auto === 'SAME_UPPER';
  const wanted = intList(onnx, 'output_shape');
  if (wanted) {
    if (wanted.length !== 2) throw unsupported(`has output_shape=[${wanted.join(',')}]`);
    const size = sizes[axis]!;
    if (typeof size === 'string') throw unsupported(`needs the size ${size} as a number`);
    return split((size - 1) * stride + covered + added - wanted[axis]!, added, isUpper);
  }
  if (auto.startsWith('SAME')) {
    // The output should be stride times as large as the image; runtimes differ where the kernel reaches less far.
    const total = covered + added - stride;
    if (total < 0) throw unsupported(`of auto_pad=${auto} has strides greater than its kernel`);
    return split(total, added, isUpper);
  }
  const pads = auto === 'VALID' ? undefined : intList(onnx, 'pads');
  return { before: pads?.[axis] ?? 0, after: pads?.[axis + 2] ?? 0, added };
}

const convTranspose: ImportOp = (site) => {
  const { shape } = site.floats(1, 'the weight');
  if (site.has(2)) site.floats(2, 'the bias');
  const kernel = shape.slice(2).map(Number);
  const declared = intList(site.node, 'kernel_shape');
  if (declared && declared.join() !== kernel.join()) {
    throw shapeError(`kernel_shape=[${declared.join(',')}], but w is [${shape.join(',')}]`);
  }
  const x = site.value(0);
  expectImage(site, x);
  if (kernel.length !== 2) throw shapeError(`has a kernel of [${kernel.join(',')}] on an image`);
  const [, channels, ...sizes] = site.shape(x);
  expectComparable(channels, shape[0]);
  const strides = intList(site.node, 'strides') ?? [1, 1];
  const dilations = intList(site.node, 'dilations') ?? [1, 1];
  const [rows, columns] = [endsOf(site, kernel, sizes, 0), endsOf(site, kernel, sizes, 1)];
  const pads = [rows.before, columns.before, rows.after, columns.after];
  const added = [rows.added, columns.added];
  if (pads.some((pad) => pad < 0)) throw unsupported(`has pads=[${pads.join(',')}]`);
  if (added.some((more, axis) => more >= Math.max(strides[axis]!, dilations[axis]!))) {
    throw unsupported(`adds [${added.join(',')}] to its output, as much as its strides or more`);
  }
  const group = int(site.node, 'group', 1);
  const attrs = { strides, pads, dilations, output_padding: added, group };
  return node('convTranspose2d', [x, site.value(1), site.optional(2)], attrs);
};

export const transposed: Readonly<Record<string, ImportOp>> = { ConvTranspose: convTranspose };
