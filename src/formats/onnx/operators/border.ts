/** What adds or removes a border of an image: Pad, and Slice where it only crops height and width. */
import { shapeError, unsupported, type Dim } from '../../../../ir/index.ts';
import { slicesOf } from '../evaluate/index.ts';
import { float, intList, text, type OnnxNode } from '../onnx-node.ts';
import { cropped, type Padded } from '../padded.ts';
import type { ImportOp, Imported, Site } from '../site.ts';

const MAX_SLICES = 100;

/** The ends of slices that run to the end are at least that. */
const TO_THE_END = 2 ** 31 - 1;

export const isAutomatic = (node: OnnxNode) => text(node, 'auto_pad', 'NOTSET').startsWith('SAME');

/** A convolution can start inside of what it reads, on the sides on which it does not pad it. */
function takesIn(reader: OnnxNode, name: string, crops: readonly number[]): boolean {
  if (reader.op !== 'Conv' || isAutomatic(reader)) return false;
  const pads = text(reader, 'auto_pad', 'NOTSET') === 'VALID' ? undefined : intList(reader, 'pads');
  const isImage = reader.inputs.every((input, i) => (input === name) === (i === 0));
  return isImage && crops.every((crop, i) => crop === 0 || (pads?.[i] ?? 0) === 0);
}

/** Whether nothing but convolutions that start inside reads the cropped image, or what asks for its size. */
function isAbsorbed(site: Site, first: string, crops: readonly number[]): boolean {
  const names = [first];
  let steps = 0;
  for (let name; (name = names.pop()) !== undefined;) {
    // To follow a long chain of slices from each of them would take too long.
    if (++steps > MAX_SLICES) return false;
    for (const reader of site.readers(name)) {
      if (reader?.op === 'Slice') names.push(reader.outputs[0]!);
      else if (reader?.op !== 'Shape' && !(reader && takesIn(reader, name, crops))) return false;
    }
  }
  return true;
}

const isZero = (pads: readonly number[]) => pads.every((pad) => pad === 0);

/** The operand with a border of one value, less what negative pads crop. */
function bordered(site: Site, pads: readonly number[], value: number): Imported {
  const operand = site.operand(0);
  if (isZero(pads)) return operand;
  const crops = pads.map((pad) => Math.max(0, -pad));
  if (!isZero(crops) && !isAbsorbed(site, site.node.outputs[0]!, crops)) {
    throw unsupported('takes a part of an image other than for a convolution');
  }
  const isCrop = pads.every((pad) => pad <= 0);
  if (isCrop && operand.kind === 'padded') return cropped(operand, crops);
  return { kind: 'padded', x: site.value(0), pads, border: isCrop ? 0 : value } satisfies Padded;
}

const pad: ImportOp = (site) => {
  const { node, opset } = site;
  const mode = text(node, 'mode', 'constant');
  if (mode !== 'constant') throw unsupported(`of mode "${mode}" is not supported`);
  const listed = opset < 11 ? (intList(node, 'pads') ?? []) : site.numbers(1, 'pads');
  const constant = opset < 11 ? float(node, 'value', 0) : undefined;
  const value = constant ?? (site.has(2) ? site.scalar(2, 'the padding value') : 0);
  const shape = site.shapeOf(0);
  const rank = shape.length;
  const axes = site.has(3) ? site.numbers(3, 'axes') : shape.map((_, i) => i);
  const around = new Array<number>(2 * rank).fill(0);
  if (listed.length !== 2 * axes.length) throw shapeError(`has ${listed.length} pads`);
  axes.forEach((axis, i) => {
    const at = axis < 0 ? axis + rank : axis;
    around[at] = listed[i]!;
    around[at + rank] = listed[i + axes.length]!;
  });
  if (isZero(around)) return site.operand(0);
  if (rank !== 4 || [0, 1, 4, 5].some((i) => around[i] !== 0)) {
    throw unsupported(`by [${listed.join(',')}]: only borders of images are supported`);
  }
  const pads = [2, 3, 6, 7].map((i) => around[i]!);
  return bordered(site, pads, value);
};

/** How much a slice of step 1 leaves out before and after; an open size need not be known. */
function leftOut(start: number, end: number, size: Dim): [number, number] {
  if (typeof size === 'number') {
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
    if (clamp(end) <= clamp(start)) throw unsupported('makes a tensor without elements');
    return [clamp(start), size - clamp(end)];
  }
  if (start >= 0 && (end < 0 || end >= TO_THE_END)) return [start, end < 0 ? -end : 0];
  throw unsupported(`from ${start} to ${end} of the open size ${size}; give it as a number`);
}

const slice: ImportOp = (site) => {
  const shape = site.shapeOf(0);
  const operand = (index: number, what: string) =>
    site.has(index) ? site.ints(index, what) : null;
  const pads = [0, 0, 0, 0];
  for (const { axis, start, end, step } of slicesOf(operand, site.node, site.opset, shape.length)) {
    const [before, after] = step === 1 ? leftOut(start, end, shape[axis]!) : [NaN, NaN];
    if (before === 0 && after === 0) continue;
    if (step !== 1 || shape.length !== 4 || axis < 2) {
      throw unsupported('takes another part than the inside of an image');
    }
    pads[axis - 2] = -before;
    pads[axis] = -after;
  }
  return bordered(site, pads, 0);
};

export const borders: Readonly<Record<string, ImportOp>> = { Pad: pad, Slice: slice };
