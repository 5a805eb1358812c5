import { at } from '../../ir/index.ts';
import { convNotActivated, convNotShared, convWithConstants } from '../conv-operands.ts';
import { outputsOf, scaledWeights, withWeights } from '../conv-operands.ts';
import { constant, op } from '../pattern.ts';
import { rule } from '../rule.ts';
import { elementOr0, vector } from '../weights.ts';

/** Ioffe and Szegedy 2015, section 3.1; the statistics are the running ones. */
export const foldBn = rule({
  name: 'fold-bn',
  identity:
    'bn(conv(x, W, b)) = conv(x, s W, s (b - mean) + beta),  s = gamma / sqrt(variance + eps)',
  pattern: op(
    'batchNorm',
    'bn',
    convWithConstants,
    constant('gamma'),
    constant('beta'),
    constant('mean'),
    constant('variance'),
  ),
  sound: convNotActivated,
  worth: convNotShared,
  rewrite(match, build) {
    const { bn, w, b, gamma, beta, mean, variance } = match;
    const s = (o: number) =>
      at(gamma.constant, o) / Math.sqrt(at(variance.constant, o) + bn.attrs.epsilon);
    const bias = (o: number) =>
      s(o) * (elementOr0(b, o) - at(mean.constant, o)) + at(beta.constant, o);
    const weight = build.constant(`${bn.id}.folded.weight`, scaledWeights(match, w.constant, s));
    const shift = build.constant(`${bn.id}.folded.bias`, vector(outputsOf(match), bias, w.dtype));
    return withWeights(match, weight, shift);
  },
});
