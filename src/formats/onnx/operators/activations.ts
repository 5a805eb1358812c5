/** Element-wise functions of one value, and softmax. */
import { unsupported, type ValueId } from '../../../../ir/index.ts';
import { float, int, text } from '../onnx-node.ts';
import { node, type ImportOp, type NewNode, type Site } from '../site.ts';

/** min(max(x, low), high); together with the same before it, where it follows one, it is one. */
function clamp(site: Site, index: number, low: number, high: number): NewNode {
  const x = site.value(index);
  const before = site.definition(x);
  const within = (value: number) => Math.min(Math.max(value, low), high);
  if (before?.op === 'clip' || before?.op === 'relu') {
    const { min, max } = before.op === 'clip' ? before.attrs : { min: 0, max: Infinity };
    return clipNode(before.inputs[0]!, within(min), within(max));
  }
  return clipNode(x, low, high);
}

const clipNode = (x: ValueId, min: number, max: number): NewNode =>
  min === 0 && max === Infinity ? node('relu', [x]) : node('clip', [x], { min, max });

/** The bounds became inputs in opset 11. */
const clip: ImportOp = (site) => {
  const bound = (index: number, name: string, standard: number): number => {
    if (site.opset < 11) return float(site.node, name, standard);
    return site.has(index) ? site.scalar(index, name) : standard;
  };
  return clamp(site, 0, bound(1, 'min', -Infinity), bound(2, 'max', Infinity));
};

/** Min and Max with one number bound the other operand. */
const bound =
  (attrs: (value: number) => [min: number, max: number]): ImportOp =>
  (site) => {
    if (site.node.inputs.length === 1) return site.operand(0);
    const [a, b] = [site.known(0), site.known(1)];
    const constant = b ?? a;
    const x = b ? 0 : 1;
    const isNumber = constant?.data.length === 1 && constant.shape.length <= site.shapeOf(x).length;
    if (site.node.inputs.length > 2 || !isNumber) {
      throw unsupported('is supported with one number only');
    }
    return clamp(site, x, ...attrs(site.scalar(1 - x, 'the bound')));
  };

/** One slope for all is LeakyRelu's. */
const prelu: ImportOp = (site) => {
  const { data, shape } = site.floats(1, 'the slope');
  const isOne = data.length > 0 && data.every((value) => value === data[0]);
  if (!isOne || shape.length > site.shapeOf(0).length) {
    throw unsupported('is supported with one slope for all channels only');
  }
  return node('leakyRelu', [site.value(0)], { alpha: data[0]! });
};

const gelu: ImportOp = (site) => {
  const approximate = text(site.node, 'approximate', 'none');
  if (approximate !== 'none' && approximate !== 'tanh') {
    throw unsupported(`approximate="${approximate}" is not supported`);
  }
  return node('gelu', [site.value(0)], { tanh: approximate === 'tanh' ? 1 : 0 });
};

/** Before opset 13 it flattened its operand at the axis and took the softmax of the rows. */
const softmax: ImportOp = (site) => {
  const x = site.value(0);
  const { length: rank } = site.shape(x);
  const axis = int(site.node, 'axis', site.opset < 13 ? 1 : -1);
  const isLast = axis === -1 || axis === rank - 1;
  if (site.opset >= 13 || isLast) return node('softmax', [x], { axis });
  const rows = site.add('rows', node('flatten', [x], { axis }));
  const result = site.add('softmax', node('softmax', [rows], { axis: -1 }));
  return node('reshape', [result], { shape: site.shape(x) });
};

export const activations: Readonly<Record<string, ImportOp>> = {
  Relu: (site) => node('relu', [site.value(0)]),
  Clip: clip,
  Max: bound((value) => [value, Infinity]),
  Min: bound((value) => [-Infinity, value]),
  PRelu: prelu,
  LeakyRelu: (site) =>
    node('leakyRelu', [site.value(0)], { alpha: float(site.node, 'alpha', 0.01) }),
  Sigmoid: (site) => node('sigmoid', [site.value(0)]),
  HardSigmoid: (site) => {
    const attrs = { alpha: float(site.node, 'alpha', 0.2), beta: float(site.node, 'beta', 0.5) };
    return node('hardSigmoid', [site.value(0)], attrs);
  },
  HardSwish: (site) => node('hardSwish', [site.value(0)]),
  Gelu: gelu,
  Swish: (site) => {
    const alpha = float(site.node, 'alpha', 1);
    if (alpha !== 1) throw unsupported(`alpha=${alpha} is not supported`);
    return node('silu', [site.value(0)]);
  },
  Softmax: softmax,
};
