import { mergedGeometry, mergedPadValue, notActivated, partOf, sameClass } from '../parallel.ts';
import { twoAlignedConvs, withoutPair, worthMerging } from '../parallel.ts';
import { rule } from '../rule.ts';
import { addAll, regroup } from '../weights.ts';

/** Convolution is additive in its kernel: Ding et al. 2019 (ACNet), equation 4. */
export const sumParallelConvs = rule({
  name: 'sum-parallel-convs',
  identity: 'conv(x, A, a) + conv(x, B, b) = conv(x, A + B, a + b)',
  pattern: twoAlignedConvs,
  sound: { ...sameClass, ...notActivated },
  worth: worthMerging,
  rewrite(match, build, g) {
    const { sum, at, a, aw, ab, b, bw, bb, ax } = match;
    const { group, pads, dilations } = mergedGeometry(match);
    const kernel = addAll([
      regroup(partOf(a, aw, g), a.attrs.group, group),
      regroup(partOf(b, bw, g), b.attrs.group, group),
    ]);
    const isWhole = sum.inputs.length === 2;
    const name = isWhole ? sum.id : `${sum.id}.conv`;
    const weight = build.constant(`${name}.weight`, kernel);
    const [first, ...rest] = [ab && partOf(a, ab, g), bb && partOf(b, bb, g)].filter(
      (c) => c !== null,
    );
    const shift = first ? build.constant(`${name}.bias`, addAll([first, ...rest])) : null;
    const inputs = [ax.id, weight, shift, mergedPadValue(a, b)];
    const attrs = { ...a.attrs, pads, dilations, group };
    if (isWhole) return { op: 'conv2d', inputs, attrs: { ...attrs, ...sum.attrs } };
    const merged = build.node(name, { op: 'conv2d', inputs, attrs });
    return { op: 'sum', inputs: withoutPair(sum, at, merged), attrs: sum.attrs };
  },
});
