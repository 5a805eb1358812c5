/** The activations in WGSL. Their parameters are in uniforms, so that they do not multiply pipelines. */
import type { ActivationName, Fused } from '../ir/index.ts';
import type { Word } from './plan.ts';
import { f32 } from './shader.ts';

/**
 * erf to 1 unit in the last place: a polynomial below 0.93, 1 - exp(polynomial) above. From 4 on it is
 * 1 in float32, and the clamp keeps exp in range.
 */
const ERF = `
fn erf(x: f32) -> f32 {
  let t = min(abs(x), 4.0);
  let s = t * t;
  if (t > 0.927734375) {
    var r = (-1.72853470e-5 * t + 3.83197126e-4) * s + (-3.88396438e-3 * t + 2.42546219e-2);
    r = ((r * t - 1.06777877e-1) * t - 6.34846687e-1) * t - 1.28717512e-1;
    return sign(x) * (1.0 - exp(r * t - t));
  }
  var r = (-5.96761703e-4 * s + 4.99119423e-3) * s - 2.67681349e-2;
  r = ((r * s + 1.12819925e-1) * s - 3.76125336e-1) * s + 1.28379166e-1;
  return sign(x) * (r * t + t);
}
`;

/** WGSL leaves overflow of exp undefined, hence the clamps; below -80 a sigmoid is 0 in float32. */
const SIGMOID = 'return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));';
const SILU = 'return select(x / (1.0 + exp(-clamp(x, -80.0, 80.0))), 0.0, x < -80.0);';
const GELU = 'return 0.5 * x * (1.0 + erf(x * 0.7071067811865476));';
/** x sigmoid(2 u), which is x/2 (1 + tanh(u)); from |x| = 10 on the sigmoid is 0 or 1 in float32. */
const GELU_TANH = `let v = clamp(x, -10.0, 10.0);
  let u = 1.5957691216057308 * (v + 0.044715 * v * v * v);
  return select(x / (1.0 + exp(-clamp(u, -80.0, 80.0))), 0.0, x < -10.0);`;

interface WgslActivation {
  /** The body of `fn activate(x: f32) -> f32`; the parameters are p.act0, p.act1. */
  readonly body: (params: readonly number[]) => string;
}

export const wgslActivations = {
  relu: { body: () => 'return max(x, 0.0);' },
  clip: { body: () => 'return min(max(x, p.act0), p.act1);' },
  leakyRelu: { body: () => 'return select(p.act0 * x, x, x >= 0.0);' },
  sigmoid: { body: () => SIGMOID },
  silu: { body: () => SILU },
  hardSigmoid: { body: () => 'return clamp(p.act0 * x + p.act1, 0.0, 1.0);' },
  hardSwish: { body: () => 'return x * clamp(x / 6.0 + 0.5, 0.0, 1.0);' },
  gelu: { body: ([tanh]) => (tanh === 1 ? GELU_TANH : GELU) },
} satisfies Record<ActivationName, WgslActivation>;

/** How a kernel applies a fused activation at its end. */
export interface Epilogue {
  /** To go before `main`. */
  readonly functions: string;
  readonly words: readonly Word[];
  /** The WGSL expression with the activation applied. */
  readonly apply: (expression: string) => string;
}

/** `stage` tells the activations of a kernel apart that has several. */
export function epilogue({ act, actParams }: Fused, stage = ''): Epilogue {
  if (act === 'none') return { functions: '', words: [], apply: (expression) => expression };
  const { body }: WgslActivation = wgslActivations[act];
  const text = body(actParams);
  const helpers = text.includes('erf(') ? ERF : '';
  const functions = `${helpers}fn activate(x: f32) -> f32 {\n  ${text}\n}`;
  return {
    functions: functions
      .replaceAll(/\b(erf|activate)\(/g, `$1${stage}(`)
      .replaceAll('p.act', `p.act${stage}`),
    words: actParams.map((value, i) => f32(`act${stage}${i}`, value)),
    apply: (expression) => `activate${stage}(${expression})`,
  };
}
