/** Activations, on their own and fused, as ONNX's operators. */
import { shapeError, type ActivationName } from '../../../ir/index.ts';
import type { Writer } from './writer.ts';

type WriteActivation = (w: Writer, x: string, y: string, params: readonly number[]) => void;

const same =
  (op: string): WriteActivation =>
  (w, x, y) =>
    void w.node(op, [x], y);

/** The error function's form, until opset 20 has an operator for it. */
function geluInParts(w: Writer, x: string, y: string): void {
  const part = (name: string) => w.fresh(`${y}.${name}`);
  const number = (name: string, value: number) => w.floats(`${y}.${name}`, [value], []);
  const scaled = w.node('Div', [x, number('sqrt2', Math.SQRT2)], part('scaled'));
  const erf = w.node('Erf', [scaled], part('erf'));
  const gate = w.node('Add', [erf, number('one', 1)], part('gate'));
  const gated = w.node('Mul', [x, gate], part('gated'));
  w.node('Mul', [gated, number('half', 0.5)], y);
}

/** What writes each activation; `params` are in the order of `actParams`. */
export const writeActivation: Readonly<Record<ActivationName, WriteActivation>> = {
  relu: same('Relu'),
  sigmoid: same('Sigmoid'),
  hardSwish: same('HardSwish'),
  clip(w, x, y, [min, max]) {
    const low = min === -Infinity ? '' : w.floats(`${y}.min`, [min!], []);
    const high = max === Infinity ? '' : w.floats(`${y}.max`, [max!], []);
    w.node('Clip', [x, low, high], y);
  },
  leakyRelu: (w, x, y, [alpha]) => void w.node('LeakyRelu', [x], y, { alpha: { float: alpha! } }),
  silu: (w, x, y) => void w.node('Mul', [x, w.node('Sigmoid', [x], w.fresh(`${y}.sigmoid`))], y),
  hardSigmoid(w, x, y, [alpha, beta]) {
    w.node('HardSigmoid', [x], y, { alpha: { float: alpha! }, beta: { float: beta! } });
  },
  gelu(w, x, y, [tanh]) {
    if (w.opset >= 20) w.node('Gelu', [x], y, { approximate: tanh === 1 ? 'tanh' : 'none' });
    else if (tanh === 1) throw shapeError('the tanh approximation of gelu needs opset 20');
    else geluInParts(w, x, y);
  },
};
