/**
 * The shapes that operators give which reparam does not compute: so that what follows a node which stays
 * as it is can still be optimised. Their rules are those of ONNX's Operators.md.
 */
import { shiftAndDivide, type Dim, type Shape } from '../../../ir/index.ts';
import { broadcastShape } from '../../../ir/ops/broadcast.ts';
import { int, intList, text, type OnnxNode } from './onnx-node.ts';
import { axisOf, plainInts, type Static } from './static.ts';

export interface KnownOperands {
  readonly opset: number;
  /** The shape of an operand; undefined where it is absent or unknown. */
  readonly shape: (index: number) => Shape | undefined;
  /** An operand that is constant. */
  readonly constant: (index: number) => Static | null;
}

/** The shape of the first output; undefined where it cannot be told. May throw, which means the same. */
type ShapeRule = (node: OnnxNode, operands: KnownOperands) => Shape | undefined;

const same: ShapeRule = (_, { shape }) => shape(0);

const broadcast: ShapeRule = ({ inputs }, { shape }) => {
  const shapes = inputs.map((_, i) => shape(i));
  return shapes.every((one) => one !== undefined)
    ? shapes.reduce<Shape>((a, b) => broadcastShape(a, b), [])
    : undefined;
};

const transpose: ShapeRule = (node, { shape }) => {
  const x = shape(0);
  const perm = intList(node, 'perm') ?? x?.map((_, i) => x.length - 1 - i);
  return x && perm?.map((axis) => x[axis]!);
};

/** Bounds count from the end where they are negative, and stop at the ends. */
const slice: ShapeRule = (node, { opset, shape, constant }) => {
  const x = shape(0);
  if (!x) return undefined;
  const list = (index: number, name: string): number[] | undefined => {
    if (opset < 10) return intList(node, name);
    const known = constant(index);
    return known ? plainInts(known, name) : undefined;
  };
  const [starts, ends] = [list(1, 'starts'), list(2, 'ends')];
  if (!starts || !ends || (opset >= 10 && hasUnknown(node, constant, [3, 4]))) return undefined;
  const axes = list(3, 'axes') ?? starts.map((_, i) => i);
  const steps = opset < 10 ? undefined : list(4, 'steps');
  const sizes: Dim[] = [...x];
  axes.forEach((given, i) => {
    const axis = axisOf(given, x.length);
    sizes[axis] = slicedSize(x[axis]!, starts[i]!, ends[i]!, steps?.[i] ?? 1);
  });
  return sizes;
};

const hasUnknown = (node: OnnxNode, constant: KnownOperands['constant'], at: readonly number[]) =>
  at.some((index) => (node.inputs[index] ?? '') !== '' && !constant(index));

function slicedSize(size: Dim, start: number, end: number, step: number): Dim {
  if (typeof size === 'string') {
    const isTail = step === 1 && start >= 0 && end >= 2 ** 31 - 1;
    if (isTail) return shiftAndDivide(size, -start, 1);
    const isMiddle = step === 1 && start >= 0 && end < 0;
    return isMiddle ? shiftAndDivide(size, end - start, 1) : unknownSize();
  }
  const clamp = (at: number, low: number, high: number) =>
    Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const back = step < 0 ? 1 : 0;
  const from = clamp(start, 0, size - back);
  const to = clamp(end, -back, size - back);
  return Math.max(Math.ceil((to - from) / step), 0);
}

const unknownSize = (): never => {
  throw new RangeError('unknown');
};

const reduce: ShapeRule = (node, { opset, shape, constant }) => {
  const x = shape(0);
  const asInput = opset >= (node.op === 'ReduceSum' ? 13 : 18);
  if (!x || (asInput && hasUnknown(node, constant, [1]))) return undefined;
  const listed = asInput ? constant(1) && plainInts(constant(1)!, 'axes') : intList(node, 'axes');
  const isEmpty = !listed || listed.length === 0;
  if (isEmpty && int(node, 'noop_with_empty_axes', 0) !== 0) return x;
  const all = isEmpty ? x.map((_, i) => i) : listed;
  const axes = new Set(all.map((axis) => axisOf(axis, x.length)));
  const keeps = int(node, 'keepdims', 1) !== 0;
  return keeps ? x.map((size, i) => (axes.has(i) ? 1 : size)) : x.filter((_, i) => !axes.has(i));
};

/** Where float32 and float64 round to different sizes, runtimes differ. */
function scaledSize(size: number, factor: number): number {
  const [single, double] = [Math.fround(size * factor), size * factor];
  return Math.floor(single) === Math.floor(double) ? Math.floor(double) : unknownSize();
}

const resize: ShapeRule = (node, { shape, constant }) => {
  const x = shape(0);
  const at = node.op === 'Resize' ? 2 : 1;
  const [scales, sizes] = [constant(at), constant(3)];
  if (!x || text(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') return undefined;
  if (node.attributes.has('axes')) return undefined;
  if (sizes?.data.length === x.length) return plainInts(sizes, 'sizes');
  if (scales?.data.length !== x.length) return undefined;
  return x.map((size, i) => {
    const factor = scales.data[i] as number;
    if (factor === 1) return size;
    return typeof size === 'number' ? scaledSize(size, factor) : unknownSize();
  });
};

/** Without `auto_pad` and `output_shape`. */
const convTranspose: ShapeRule = (node, { shape }) => {
  const [x, w] = [shape(0), shape(1)];
  const isPlain = text(node, 'auto_pad', 'NOTSET') === 'NOTSET';
  if (!x || !w || !isPlain || node.attributes.has('output_shape')) return undefined;
  const list = (name: string, standard: number) =>
    intList(node, name) ?? new Array<number>(2 * (x.length - 2)).fill(standard);
  const [strides, dilations] = [list('strides', 1), list('dilations', 1)];
  const [pads, added] = [list('pads', 0), list('output_padding', 0)];
  const axes = x.length - 2;
  const sizes = x.slice(2).map((size, i) => {
    if (typeof size !== 'number') return unknownSize();
    const window = ((w[i + 2] as number) - 1) * dilations[i]! + 1;
    return (size - 1) * strides[i]! + added[i]! + window - pads[i]! - pads[i + axes]!;
  });
  return [x[0]!, (w[1] as number) * int(node, 'group', 1), ...sizes];
};

const all = (names: string, rule: ShapeRule): [string, ShapeRule][] =>
  names.split(' ').map((name) => [name, rule]);

const rules = new Map<string, ShapeRule>([
  ...all('Abs Acos Asin Atan Ceil Celu Cos Elu Erf Exp Floor Log LpNormalization LRN Mish', same),
  ...all('PRelu Reciprocal Round Selu Sign Sin Softplus Softsign Sqrt Tan Tanh', same),
  ...all('ThresholdedRelu LogSoftmax Hardmax InstanceNormalization GroupNormalization', same),
  ...all('LayerNormalization', same),
  ...all('Div Pow Max Min Mean', broadcast),
  ...all('ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2', reduce),
  ...all('ReduceLogSum ReduceLogSumExp ReduceSumSquare', reduce),
  ...all('Resize Upsample', resize),
  ['Transpose', transpose],
  ['Slice', slice],
  ['ConvTranspose', convTranspose],
]);

/** Shapes of floats only: operators that give other types have no rule here, or an unknown type. */
export function shapeRule(node: OnnxNode, operands: KnownOperands): Shape | undefined {
  try {
    const shape = rules.get(node.op)?.(node, operands);
    const isSize = (size: Dim | undefined) => typeof size === 'string' || (size ?? 0) > 0;
    return shape?.every(isSize) === true ? shape : undefined;
  } catch {
    return undefined;
  }
}
