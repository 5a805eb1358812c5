import { at } from '../../ir/index.ts';
import { perChannel } from '../channels.ts';
import { convNotActivated, convNotShared, convWithConstants } from '../conv-operands.ts';
import { constant, oneOf, op } from '../pattern.ts';
import { rule } from '../rule.ts';
import { scaleRows, vector } from '../weights.ts';

export const foldScale = rule({
  name: 'fold-scale',
  identity: 's conv(x, W, b) = conv(x, s W, s b),  s one factor per channel',
  pattern: oneOf(
    op('mul', 'mul', convWithConstants, constant('s')),
    op('mul', 'mul', constant('s'), convWithConstants),
  ),
  sound: {
    ...convNotActivated,
    'the factor is not one per channel': ({ conv, s }) =>
      perChannel(s.constant, conv.outputs[0].shape) !== null,
  },
  worth: convNotShared,
  rewrite({ mul, conv, x, w, b, pad, s }, build) {
    const factor = perChannel(s.constant, conv.outputs[0].shape)!;
    const weight = build.constant(`${mul.id}.weight`, scaleRows(w.constant, factor));
    const bias = (o: number) => factor(o) * at(b!.constant, o);
    const shift =
      b && build.constant(`${mul.id}.bias`, vector(w.constant.shape[0]!, bias, w.dtype));
    return { op: 'conv2d', inputs: [x.id, weight, shift, pad?.id ?? null], attrs: conv.attrs };
  },
});
