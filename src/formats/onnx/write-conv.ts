/** Convolutions, with the border or crop before them that ONNX has as nodes of their own. */
import { shapeError, toFloat64, type NodeOf } from '../../../ir/index.ts';
import { withActivation } from './write-activation.ts';
import type { Writer } from './writer.ts';

const TO_THE_END = 2 ** 31 - 1;

/** The pads that are no crops. */
const outside = (pads: readonly number[]) =>
  pads.map((pad) => Math.max(pad, 0)) as [number, number, number, number];

/** x without what negative pads crop. */
function crop(w: Writer, x: string, pads: readonly number[], y: string): string {
  const axes = [0, 1].filter((axis) => pads[axis]! < 0 || pads[axis + 2]! < 0);
  if (axes.length === 0) return x;
  const starts = axes.map((axis) => Math.max(0, -pads[axis]!));
  const ends = axes.map((axis) => (pads[axis + 2]! < 0 ? pads[axis + 2]! : TO_THE_END));
  const output = w.fresh(`${y}.cropped`);
  const spatial = axes.map((axis) => axis + 2);
  // Attributes became inputs in opset 10.
  if (w.opset < 10) return w.node('Slice', [x], output, { starts, ends, axes: spatial });
  const [from, to] = [w.ints(`${y}.starts`, starts), w.ints(`${y}.ends`, ends)];
  return w.node('Slice', [x, from, to, w.ints(`${y}.axes`, spatial)], output);
}

/** x with a border of each channel's value: one Pad where all are the same, else shifted around it. */
function padWith(
  w: Writer,
  node: NodeOf<'conv2d'>,
  y: string,
  padded = w.fresh(`${y}.padded`),
): string {
  const x = w.nameOf(node.inputs[0]!);
  const [top, left, bottom, right] = outside(node.attrs.pads);
  const pads = [0, 0, top, left, 0, 0, bottom, right];
  const given = node.inputs[3] ?? null;
  if (given === null) return pad(w, x, pads, 0, padded);
  const constant = w.graph.constant(given);
  if (!constant) throw shapeError('has a padding value that is not constant');
  const values = toFloat64(constant);
  if (values.every((value) => value === values[0])) return pad(w, x, pads, values[0]!, padded);
  const shift = w.floats(`${y}.padValue`, values, [1, values.length, 1, 1]);
  const shifted = w.node('Sub', [x, shift], w.fresh(`${y}.shifted`));
  const bordered = pad(w, shifted, pads, 0, w.fresh(`${y}.bordered`));
  return w.node('Add', [bordered, shift], padded);
}

/** The pads have been an input since opset 11. */
function pad(w: Writer, x: string, pads: readonly number[], value: number, y: string): string {
  if (w.opset < 11) return w.node('Pad', [x], y, { pads, value: { float: value } });
  const inputs = [x, w.ints(`${y}.pads`, pads)];
  if (value !== 0) inputs.push(w.floats(`${y}.padValue`, [value], []));
  return w.node('Pad', inputs, y);
}

/** Whether nothing but its border makes the output differ from x. */
function isBorder(w: Writer, { inputs, attrs }: NodeOf<'conv2d'>): boolean {
  const [x, weight, b] = inputs;
  const isPlain = (b ?? null) === null && attrs.act === 'none' && attrs.strides.join() === '1,1';
  if (!isPlain || !attrs.pads.every((p) => p >= 0) || attrs.pads.every((p) => p === 0))
    return false;
  const channels = w.graph.shape(x!)[1];
  const constant = w.graph.constant(weight!);
  if (attrs.group !== channels || constant?.shape.join() !== `${channels},1,1,1`) return false;
  return toFloat64(constant).every((value) => value === 1);
}

export function writeConv(w: Writer, node: NodeOf<'conv2d'>, y: string): void {
  if (isBorder(w, node)) return void padWith(w, node, y, y);
  const { strides, dilations, group, pads } = node.attrs;
  const [x, weight, b, padValue] = node.inputs;
  // Padded before it is cropped, since a crop may reach into the border of the other side.
  const isMixed = [0, 1].some((axis) => pads[axis]! * pads[axis + 2]! < 0);
  const isPadded = isMixed || ((padValue ?? null) !== null && pads.some((pad) => pad > 0));
  const input = crop(w, isPadded ? padWith(w, node, y) : w.nameOf(x!), pads, y);
  const kernel = w.graph.shape(weight!).slice(2) as number[];
  const around = isPadded ? [0, 0, 0, 0] : outside(pads);
  const attrs = { kernel_shape: kernel, strides, dilations, group, pads: around };
  withActivation(w, y, node.attrs, (out) => {
    w.node('Conv', [input, w.nameOf(weight!), w.nameOf(b ?? null)], out, attrs);
  });
}

export function writeConvTranspose(w: Writer, node: NodeOf<'convTranspose2d'>, y: string): void {
  const [x, weight, b] = node.inputs;
  const { strides, pads, dilations, output_padding, group } = node.attrs;
  const kernel = w.graph.shape(weight!).slice(2) as number[];
  const attrs = { kernel_shape: kernel, strides, dilations, group, pads, output_padding };
  withActivation(w, y, node.attrs, (out) => {
    w.node('ConvTranspose', [w.nameOf(x!), w.nameOf(weight!), w.nameOf(b ?? null)], out, attrs);
  });
}
