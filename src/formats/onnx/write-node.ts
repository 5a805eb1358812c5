/** What each op of the IR is in ONNX. */
import { activations, isActivation, printShape, unsupported } from '../../../ir/index.ts';
import type { Dim, Node, NodeOf, OpName } from '../../../ir/index.ts';
import { isWritable } from './writable.ts';
import { withActivation, writeActivation } from './write-activation.ts';
import { writeConv, writeConvTranspose } from './write-conv.ts';
import { transposed, type Writer } from './writer.ts';

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

/**
 * Open sizes are copied from their place, taken from the shape of what is reshaped or, one of them,
 * inferred. Importing leaves no others (`isWritable`).
 */
function writeReshape(w: Writer, node: NodeOf<'reshape'>, y: string): void {
  const from = w.graph.shape(node.inputs[0]!);
  const to = node.outputs[0].shape;
  const x = w.nameOf(node.inputs[0]!);
  if (!isWritable(from, to)) throw unsupported(`has several open sizes: ${printShape(to)}`);
  const sizes = to.map((d, i) => (typeof d === 'string' && from[i] === d ? 0 : d));
  const isElsewhere = (d: Dim) => typeof d === 'string' && from.includes(d);
  const open = sizes.filter((d) => typeof d === 'string');
  if (open.length <= 1 || !open.some(isElsewhere)) {
    const shape = sizes.map((d) => (typeof d === 'string' ? -1 : d));
    w.node('Reshape', [x, w.ints(`${y}.shape`, shape)], y);
    return;
  }
  const whole = w.node('Shape', [x], w.fresh(`${y}.whole`));
  const parts = sizes.map((d, i) => {
    if (!isElsewhere(d)) return w.ints(`${y}.size${i}`, [typeof d === 'string' ? -1 : d]);
    const at = w.ints(`${y}.at${i}`, [from.indexOf(d)]);
    return w.node('Gather', [whole, at], w.fresh(`${y}.size${i}`));
  });
  const shape = w.node('Concat', parts, w.fresh(`${y}.shape`), { axis: 0 });
  w.node('Reshape', [x, shape], y);
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
  convTranspose2d: writeConvTranspose,
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
