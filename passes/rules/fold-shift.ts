import { perChannel } from '../channels.ts';
import { convNotActivated, convNotShared, convWithConstants } from '../conv-operands.ts';
import { outputsOf, withWeights } from '../conv-operands.ts';
import { constant, oneOf, op } from '../pattern.ts';
import { rule } from '../rule.ts';
import { elementOr0, vector } from '../weights.ts';

export const foldShift = rule({
  name: 'fold-shift',
  identity: 'conv(x, W, b) + t = conv(x, W, b + t),  t one term per channel',
  pattern: oneOf(
    op('add', 'add', convWithConstants, constant('t')),
    op('add', 'add', constant('t'), convWithConstants),
  ),
  sound: {
    ...convNotActivated,
    'the term is not one per channel': ({ conv, t }) =>
      perChannel(t.constant, conv.outputs[0].shape) !== null,
  },
  worth: convNotShared,
  rewrite(match, build) {
    const { add, conv, w, b, t } = match;
    const term = perChannel(t.constant, conv.outputs[0].shape)!;
    const bias = (o: number) => elementOr0(b, o) + term(o);
    const shift = build.constant(`${add.id}.bias`, vector(outputsOf(match), bias, w.dtype));
    return withWeights(match, w.id, shift);
  },
});
