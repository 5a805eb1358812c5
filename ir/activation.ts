/**
 * The activations: element-wise functions that a kernel can apply to what it has just computed. Each is
 * an operator of its own and, after fuse-relu, an attribute (`act`, `actParams`) of the node before it.
 */
import { printAttr } from './attr.ts';
import { shapeError } from './errors.ts';

export interface ActivationDef {
  readonly doc: string;
  /** Names of the parameters in the order of `actParams`, with ONNX's defaults. */
  readonly params: Readonly<Record<string, number>>;
  readonly evaluate: (x: number, params: readonly number[]) => number;
}

/** Gauss error function to about 1e-16: series below 2.5, continued fraction above (Abramowitz and Stegun 7.1.6, 7.1.14). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * sum; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const hardSigmoid = (x: number, alpha: number, beta: number) => clamp(alpha * x + beta, 0, 1);

export const activations = {
  relu: { doc: 'max(x, 0)', params: {}, evaluate: (x) => Math.max(x, 0) },
  clip: {
    doc: 'min(max(x, min), max); ReLU6 is clip(0, 6)',
    params: { min: 0, max: 6 },
    evaluate: (x, [min, max]) => clamp(x, min!, max!),
  },
  leakyRelu: {
    doc: 'x where x >= 0, alpha x elsewhere',
    params: { alpha: 0.01 },
    evaluate: (x, [alpha]) => (x >= 0 ? x : alpha! * x),
  },
  sigmoid: { doc: '1 / (1 + exp(-x))', params: {}, evaluate: sigmoid },
  silu: { doc: 'x sigmoid(x), also called swish', params: {}, evaluate: (x) => x * sigmoid(x) },
  hardSigmoid: {
    doc: 'clip(alpha x + beta, 0, 1); PyTorch has alpha = 1/6, ONNX by default 0.2; beta = 0.5',
    params: { alpha: 0.2, beta: 0.5 },
    evaluate: (x, [alpha, beta]) => hardSigmoid(x, alpha!, beta!),
  },
  hardSwish: {
    doc: 'x clip(x / 6 + 0.5, 0, 1)',
    params: {},
    evaluate: (x) => x * hardSigmoid(x, 1 / 6, 0.5),
  },
  gelu: {
    doc: 'x/2 (1 + erf(x / sqrt 2)); with tanh = 1 the tanh approximation (ONNX: approximate="tanh")',
    params: { tanh: 0 },
    evaluate: (x, [tanh]) =>
      tanh === 1
        ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
        : 0.5 * x * (1 + erf(x / Math.SQRT2)),
  },
} as const satisfies Record<string, ActivationDef>;

export type ActivationName = keyof typeof activations;
export const activationNames = Object.keys(activations) as ActivationName[];
export const isActivation = (name: string): name is ActivationName =>
  Object.hasOwn(activations, name);

/** The attributes that every op with a fused activation has. */
export interface Fused {
  /** An activation's name, or `none`. */
  act: ActivationName | 'none';
  /** Its parameters, in the order in which `activations` declares them. */
  actParams: readonly number[];
}
export const noActivation: Fused = { act: 'none', actParams: [] };

/** Throws unless `act` and `actParams` fit together. */
export function checkFused({ act, actParams }: Fused): void {
  if (act !== 'none' && !isActivation(act)) {
    throw shapeError(`act=${printAttr(act)} is not one of none, ${activationNames.join(', ')}`);
  }
  if (!actParams.every((value) => typeof value === 'number')) {
    throw shapeError(`actParams=${printAttr(actParams)} must be numbers`);
  }
  const wanted = act === 'none' ? 0 : Object.keys(activations[act].params).length;
  if (actParams.length !== wanted) {
    throw shapeError(`the activation ${act} takes ${wanted} parameters, not ${actParams.length}`);
  }
}

/** Applies a fused activation in place. */
export function applyFused(data: Float64Array, { act, actParams }: Fused): void {
  if (act === 'none') return;
  const { evaluate }: ActivationDef = activations[act];
  for (let i = 0; i < data.length; i++) data[i] = evaluate(data[i]!, actParams);
}
