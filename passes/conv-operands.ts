/** A convolution with constant weights, as the rules that fold into it match it. */
import { any, constant, op, optional } from './pattern.ts';

export const convWithConstants = op(
  'conv2d',
  'conv',
  any('x'),
  constant('w'),
  optional(constant('b')),
  optional(any('pad')),
);
