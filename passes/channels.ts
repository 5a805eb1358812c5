/** Affine functions of each channel: y = s x + t, with s and t one number per channel (axis 1). */
import { at, toFloat64, type Constant } from '../ir/index.ts';
import type { Node, Shape, Value, ValueId, View } from '../ir/index.ts';

type PerChannel = (channel: number) => number;

export interface Scale {
  readonly s: PerChannel;
  /** Null where nothing is added. */
  readonly t: PerChannel | null;
}

/**
 * The value for each channel of a constant that is added to or multiplied with a tensor of the given
 * shape, where it depends on the channel alone and broadcasts into that shape; otherwise null.
 */
export function perChannel(constant: Constant, shape: Shape): PerChannel | null {
  const offset = shape.length - constant.shape.length;
  const fits = (size: number, i: number) => i + offset === 1 && size === shape[1];
  if (offset < 0 || !constant.shape.every((size, i) => size === 1 || fits(size, i))) return null;
  // At most one axis is longer than 1, so that the elements in their order are the channels.
  const values = toFloat64(constant);
  return values.length === 1 ? () => values[0]! : (channel) => values[channel]!;
}

/** The branch as a scale of x; null where it is none. */
export function asScale(branch: Value, x: Value, g: View): Scale | null {
  const steps: Scale[] = [];
  for (let id = branch.id; id !== x.id;) {
    const node = g.definition(id);
    const step = node && oneStep(node, g);
    if (!step) return null;
    steps.push(step);
    id = step.source;
  }
  // Now from x on.
  steps.reverse();
  const s = (c: number) => steps.reduce((factor, step) => step.s(c) * factor, 1);
  const t = (c: number) => steps.reduce((term, step) => step.s(c) * term + (step.t?.(c) ?? 0), 0);
  return { s, t: steps.some((step) => step.t !== null) ? t : null };
}

/** A BatchNorm, or a multiplication by or addition of a constant per channel. */
function oneStep(node: Node, g: View): (Scale & { source: ValueId }) | null {
  if (node.op === 'batchNorm') {
    const [source, ...statistics] = node.inputs;
    const [gamma, beta, mean, variance] = statistics.map((id) => g.constant(id!));
    if (!gamma || !beta || !mean || !variance) return null;
    const s = (c: number) => at(gamma, c) / Math.sqrt(at(variance, c) + node.attrs.epsilon);
    return { source: source!, s, t: (c) => at(beta, c) - s(c) * at(mean, c) };
  }
  if (node.op !== 'mul' && node.op !== 'add') return null;
  const [a, b] = node.inputs as [ValueId, ValueId];
  const source = g.constant(a) ? b : a;
  const factor = g.constant(source === a ? b : a);
  const value = factor && perChannel(factor, g.shape(source));
  if (!value) return null;
  return node.op === 'mul' ? { source, s: value, t: null } : { source, s: () => 1, t: value };
}
