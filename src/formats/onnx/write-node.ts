/** What each op of the IR is in ONNX. */
import { activations, isActivation, shapeError, toFloat64 } from '../../../ir/index.ts';
import type { Fused, Node, NodeOf, OpName } from '../../../ir/index.ts';
import { writeActivation } from './write-activation.ts';
import { transposed, type Writer } from './writer.ts';

const TO_THE_END = 2 ** 31 - 1;

/** The pads that are no crops. */
const outside = (pads: readonly number[]) =>
  pads.map((pad) => Math.max(pad, 0)) as [number, number, number, number];

/** Calls `write` with the name that the value before the activation has, and then adds the activation. */
function withActivation(w: Writer, y: string, attrs: Fused, write: (y: string) => void): void {
  if (attrs.act === 'none') return write(y);
  const before = w.fresh(`${y}.preActivation`);
  write(before);
  writeActivation[attrs.act](w, before, y, attrs.actParams);
}

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
function padWith(w: Writer, node: NodeOf<'conv2d'>, y: string): string {
  const x = w.nameOf(node.inputs[0]!);
  const [top, left, bottom, right] = outside(node.attrs.pads);
  const pads = [0, 0, top, left, 0, 0, bottom, right];
  const padded = w.fresh(`${y}.padded`);
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

function writeConv(w: Writer, node: NodeOf<'conv2d'>, y: string): void {
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

/** Gemm for matrices; MatMul, and Add for the bias, for more dimensions. */
function writeLinear(w: Writer, node: NodeOf<'linear'>, y: string): void {
  const [x, weight, b] = node.inputs as [string, string, string | null];
  const bias = b ?? null;
  withActivation(w, y, node.attrs, (out) => {
    const input = w.nameOf(x);
    if (w.graph.shape(x).length === 2) {
      const outputs = w.graph.shape(weight)[0] as number;
      // Until opset 11 the bias had to be there.
      const isNeeded = bias === null && w.opset < 11;
      const added = isNeeded ? w.floats(`${y}.bias`, new Array(outputs).fill(0)) : w.nameOf(bias);
      w.node('Gemm', [input, w.nameOf(weight), added], out, { transB: 1 });
      return;
    }
    const constant = w.graph.constant(weight);
    const turned = constant && transposed(constant);
    const matrix = turned
      ? w.floats(`${y}.weight`, turned.values, turned.shape)
      : w.node('Transpose', [w.nameOf(weight)], w.fresh(`${y}.weight`), { perm: [1, 0] });
    const product = bias === null ? out : w.fresh(`${y}.product`);
    w.node('MatMul', [input, matrix], product);
    if (bias !== null) w.node('Add', [product, w.nameOf(bias)], out);
  });
}

/** Open sizes are copied from their place or, one of them, inferred. */
function writeReshape(w: Writer, node: NodeOf<'reshape'>, y: string): void {
  const from = w.graph.shape(node.inputs[0]!);
  const sizes = node.attrs.shape.map((d, i) => (typeof d === 'string' && from[i] === d ? 0 : d));
  const open = sizes.filter((d) => typeof d === 'string' || d === -1);
  if (open.length > 1) throw shapeError(`has more than one open size: ${open.join(', ')}`);
  const shape = w.ints(
    `${y}.shape`,
    sizes.map((d) => (typeof d === 'string' ? -1 : d)),
  );
  w.node('Reshape', [w.nameOf(node.inputs[0]!), shape], y);
}

/** The node's axis counted from the front, as it had to be before opset 11. */
function frontAxis(w: Writer, node: NodeOf<'concat'> | NodeOf<'flatten'> | NodeOf<'softmax'>) {
  const { axis } = node.attrs;
  return axis < 0 ? axis + w.graph.shape(node.inputs[0]!).length : axis;
}

/** Before opset 13 it was over all axes from the given one on. */
function writeSoftmax(w: Writer, node: NodeOf<'softmax'>, y: string): void {
  const x = w.nameOf(node.inputs[0]!);
  const axis = frontAxis(w, node);
  const rest = w.graph.shape(node.inputs[0]!).slice(axis + 1);
  if (w.opset >= 13 || rest.every((size) => size === 1)) {
    w.node('Softmax', [x], y, { axis });
    return;
  }
  const part = (name: string) => w.fresh(`${y}.${name}`);
  const along = { axes: [axis], keepdims: 1 };
  const largest = w.node('ReduceMax', [x], part('largest'), along);
  const exponents = w.node('Exp', [w.node('Sub', [x, largest], part('shifted'))], part('exp'));
  w.node('Div', [exponents, w.node('ReduceSum', [exponents], part('sum'), along)], y);
}

type Write<K extends OpName> = (w: Writer, node: NodeOf<K>, y: string) => void;
type Plain = Exclude<OpName, keyof typeof activations>;

const simple =
  (op: string) =>
  (w: Writer, node: Node, y: string): void =>
    void w.node(op, node.inputs.map(w.nameOf), y);

const windowAttrs = ({ attrs }: NodeOf<'maxPool'> | NodeOf<'averagePool'>) => {
  const { kernel_shape, strides, pads } = attrs;
  return { kernel_shape, strides, pads };
};

const writers: { readonly [K in Plain]: Write<K> } = {
  add: simple('Add'),
  mul: simple('Mul'),
  identity: simple('Identity'),
  globalAveragePool: simple('GlobalAveragePool'),
  averagePool(w, node, y) {
    const attrs = { ...windowAttrs(node), count_include_pad: Number(node.attrs.count_include_pad) };
    w.node('AveragePool', [w.nameOf(node.inputs[0]!)], y, attrs);
  },
  batchNorm(w, node, y) {
    const attrs = { epsilon: { float: node.attrs.epsilon } };
    w.node('BatchNormalization', node.inputs.map(w.nameOf), y, attrs);
  },
  concat(w, node, y) {
    w.node('Concat', node.inputs.map(w.nameOf), y, { axis: frontAxis(w, node) });
  },
  conv2d: writeConv,
  flatten(w, node, y) {
    w.node('Flatten', [w.nameOf(node.inputs[0]!)], y, { axis: frontAxis(w, node) });
  },
  linear: writeLinear,
  maxPool: (w, node, y) =>
    void w.node('MaxPool', [w.nameOf(node.inputs[0]!)], y, windowAttrs(node)),
  reshape: writeReshape,
  softmax: writeSoftmax,
  sum(w, node, y) {
    withActivation(w, y, node.attrs, (out) => {
      w.node(node.inputs.length === 2 ? 'Add' : 'Sum', node.inputs.map(w.nameOf), out);
    });
  },
};

/** Adds the nodes that stand for a node of the graph. Throws a `shape` error without the node's name. */
export function writeNode(w: Writer, node: Node): void {
  const y = w.nameOf(node.outputs[0].id);
  if (isActivation(node.op)) {
    const attrs = node.attrs as Record<string, number>;
    const params = Object.keys(activations[node.op].params).map((name) => attrs[name]!);
    writeActivation[node.op](w, w.nameOf(node.inputs[0]!), y, params);
    return;
  }
  // The table has for each op what takes nodes of that op, which the type of `node` does not tell.
  (writers[node.op] as Write<OpName>)(w, node, y);
}
