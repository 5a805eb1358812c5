/** A convolution, plain or transposed, with constant weights, and when what follows it can be folded into it. */
import type { Constant, NodeOf, Value, ValueId } from '../ir/index.ts';
import { any, constant, oneOf, op, optional } from './pattern.ts';
import type { Conditions, NewNode } from './rule.ts';
import { scaleOutputs, scaleRows } from './weights.ts';

export const convWithConstants = oneOf(
  op('conv2d', 'conv', any('x'), constant('w'), optional(constant('b')), optional(any('pad'))),
  op('convTranspose2d', 'conv', any('x'), constant('w'), optional(constant('b'))),
);

interface Conv {
  readonly conv: NodeOf<'conv2d'> | NodeOf<'convTranspose2d'>;
}

export const convNotActivated: Conditions<Conv> = {
  'the convolution is already activated': ({ conv }) => conv.attrs.act === 'none',
};

export const convNotShared: Conditions<Conv> = {
  'the convolution has another user, which needs it as it is': ({ conv }, g) =>
    g.useCount(conv.outputs[0].id) === 1,
};

/** Weights make the channels of the output a fixed number. */
export const outputsOf = ({ conv }: Conv): number => conv.outputs[0].shape[1] as number;

/** The weights of a convolution whose output channel o is multiplied by s(o). */
export const scaledWeights = ({ conv }: Conv, w: Constant, s: (o: number) => number): Constant =>
  conv.op === 'conv2d' ? scaleRows(w, s) : scaleOutputs(w, conv.attrs.group, s);

/** The convolution with other weights and another bias. */
export function withWeights(
  { conv, x, pad }: Conv & { readonly x: Value; readonly pad: Value | null },
  weight: ValueId,
  bias: ValueId | null,
): NewNode {
  const { op: kind, attrs } = conv;
  if (kind === 'convTranspose2d') return { op: kind, inputs: [x.id, weight, bias], attrs };
  return { op: kind, inputs: [x.id, weight, bias, pad?.id ?? null], attrs };
}
