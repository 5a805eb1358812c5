/** How much an activation can enlarge an error. */
import type { ActivationName, Fused } from '../../ir/index.ts';

/** The largest slope, rounded up; with the parameters in the order of `actParams`. */
const slopes: Readonly<Record<ActivationName, (params: readonly number[]) => number>> = {
  relu: () => 1,
  clip: () => 1,
  leakyRelu: ([alpha]) => Math.max(1, Math.abs(alpha!)),
  sigmoid: () => 0.25,
  // At x = 2.3994.
  silu: () => 1.1,
  hardSigmoid: ([alpha]) => Math.abs(alpha!),
  // At x = 3, from below: x / 3 + 1 / 2.
  hardSwish: () => 1.5,
  // At x = sqrt 2: 1.1289; the tanh approximation 1.1289 as well.
  gelu: () => 1.13,
};

/** The Lipschitz constant: |act(x) - act(y)| is at most this times |x - y|. */
export const lipschitz = ({ act, actParams }: Fused): number =>
  act === 'none' ? 1 : slopes[act](actParams);
