/** A convolution with constant weights, and when what follows it can be folded into it. */
import type { NodeOf } from '../ir/index.ts';
import { any, constant, op, optional } from './pattern.ts';
import type { Conditions } from './rule.ts';

export const convWithConstants = op(
  'conv2d',
  'conv',
  any('x'),
  constant('w'),
  optional(constant('b')),
  optional(any('pad')),
);

interface Conv {
  readonly conv: NodeOf<'conv2d'>;
}

export const convNotActivated: Conditions<Conv> = {
  'the convolution is already activated': ({ conv }) => conv.attrs.act === 'none',
};

export const convNotShared: Conditions<Conv> = {
  'the convolution has another user, which needs it as it is': ({ conv }, g) =>
    g.useCount(conv.outputs[0].id) === 1,
};
