/** Activations, on their own and fused, as ONNX's operators. */
import type { ActivationName, Fused } from '../../../ir/index.ts';
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

/** The tanh approximation in parts: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
function geluTanhInParts(w: Writer, x: string, y: string): void {
  const part = (name: string) => w.fresh(`${y}.${name}`);
  const number = (name: string, value: number) => w.floats(`${y}.${name}`, [value], []);
  const square = w.node('Mul', [x, x], part('square'));
  const cube = w.node('Mul', [square, x], part('cube'));
  const scaled = w.node('Mul', [cube, number('cubeFactor', 0.044715)], part('scaledCube'));
  const sum = w.node('Add', [x, scaled], part('sum'));
  const inner = w.node('Mul', [sum, number('factor', Math.sqrt(2 / Math.PI))], part('inner'));
  const gate = w.node(
    'Add',
    [w.node('Tanh', [inner], part('tanh')), number('one', 1)],
    part('gate'),
  );
  const gated = w.node('Mul', [x, gate], part('gated'));
  w.node('Mul', [gated, number('half', 0.5)], y);
}

const limit = (value: number) =>
  Math.sign(value) * Math.min(Math.abs(value), 3.4028234663852886e38);

/** What writes each activation; `params` are in the order of `actParams`. */
export const writeActivation: Readonly<Record<ActivationName, WriteActivation>> = {
  relu: same('Relu'),
  sigmoid: same('Sigmoid'),
  hardSwish(w, x, y) {
    if (w.opset >= 14) return void w.node('HardSwish', [x], y);
    const attrs = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
    w.node('Mul', [x, w.node('HardSigmoid', [x], w.fresh(`${y}.hardSigmoid`), attrs)], y);
  },
  clip(w, x, y, [min, max]) {
    // The bounds have been inputs since opset 11.
    if (w.opset < 11) {
      const bounds = { min: { float: limit(min!) }, max: { float: limit(max!) } };
      return void w.node('Clip', [x], y, bounds);
    }
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
    else if (tanh === 1) geluTanhInParts(w, x, y);
    else geluInParts(w, x, y);
  },
};

/** Calls `write` with the name that the value before the activation has, and then adds the activation. */
export function withActivation(
  w: Writer,
  y: string,
  attrs: Fused,
  write: (y: string) => void,
): void {
  if (attrs.act === 'none') return write(y);
  const before = w.fresh(`${y}.preActivation`);
  write(before);
  writeActivation[attrs.act](w, before, y, attrs.actParams);
}
