import { mergedGeometry, mergedPadValue, notActivated, sameClass } from '../parallel.ts';
import { twoAlignedConvs, withoutPair, worthMerging } from '../parallel.ts';
import { rule } from '../rule.ts';
import { addAll, elementOr0, regroup, vector } from '../weights.ts';

/** Convolution is additive in its kernel: Ding et al. 2019 (ACNet), equation 4. */
export const sumParallelConvs = rule({
  name: 'sum-parallel-convs',
  identity: 'conv(x, A, a) + conv(x, B, b) = conv(x, A + B, a + b)',
  pattern: twoAlignedConvs,
  sound: { ...sameClass, ...notActivated },
  worth: worthMerging,
  rewrite(match, build) {
    const { sum, at, a, aw, ab, b, bw, bb, ax } = match;
    const { group, pads, dilations } = mergedGeometry(match);
    const kernel = addAll([
      regroup(aw.constant, a.attrs.group, group),
      regroup(bw.constant, b.attrs.group, group),
    ]);
    const bias = (o: number) => elementOr0(ab, o) + elementOr0(bb, o);
    const isWhole = sum.inputs.length === 2;
    const name = isWhole ? sum.id : `${sum.id}.conv`;
    const weight = build.constant(`${name}.weight`, kernel);
    const outputs = kernel.shape[0]!;
    const shift =
      ab || bb ? build.constant(`${name}.bias`, vector(outputs, bias, kernel.dtype)) : null;
    const inputs = [ax.id, weight, shift, mergedPadValue(a, b)];
    const attrs = { ...a.attrs, pads, dilations, group };
    if (isWhole) return { op: 'conv2d', inputs, attrs: { ...attrs, ...sum.attrs } };
    const merged = build.node(name, { op: 'conv2d', inputs, attrs });
    return { op: 'sum', inputs: withoutPair(sum, at, merged), attrs: sum.attrs };
  },
});
