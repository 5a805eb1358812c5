import { at } from '../../ir/index.ts';
import { perChannel } from '../channels.ts';
import { convNotActivated, convNotShared, convWithConstants } from '../conv-operands.ts';
import { outputsOf, scaledWeights, withWeights } from '../conv-operands.ts';
import { constant, oneOf, op } from '../pattern.ts';
import { rule } from '../rule.ts';
import { vector } from '../weights.ts';

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
  rewrite(match, build) {
    const { mul, conv, w, b, s } = match;
    const factor = perChannel(s.constant, conv.outputs[0].shape)!;
    const weight = build.constant(`${mul.id}.weight`, scaledWeights(match, w.constant, factor));
    const bias = (o: number) => factor(o) * at(b!.constant, o);
    const shift = b && build.constant(`${mul.id}.bias`, vector(outputsOf(match), bias, w.dtype));
    return withWeights(match, weight, shift);
  },
});
