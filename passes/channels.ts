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
  if (branch.id === x.id) return { s: () => 1, t: null };
  const node = g.definition(branch.id);
  const step = node && oneStep(node, g);
  const inner = step && asScale(g.value(step.source), x, g);
  if (!step || !inner) return null;
  const t = (c: number) => step.s(c) * (inner.t?.(c) ?? 0) + (step.t?.(c) ?? 0);
  return { s: (c) => step.s(c) * inner.s(c), t: step.t || inner.t ? t : null };
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
