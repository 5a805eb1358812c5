/** Element-wise functions of one value, and softmax. */
import { unsupported } from '../../../../ir/index.ts';
import { float, int, text } from '../onnx-node.ts';
import { node, type ImportOp } from '../site.ts';

/** The bounds became inputs in opset 11. */
const clip: ImportOp = (site) => {
  const bound = (index: number, name: string, standard: number): number => {
    if (site.opset < 11) return float(site.node, name, standard);
    return site.has(index) ? site.scalar(index, name) : standard;
  };
  const attrs = { min: bound(1, 'min', -Infinity), max: bound(2, 'max', Infinity) };
  return node('clip', [site.value(0)], attrs);
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
