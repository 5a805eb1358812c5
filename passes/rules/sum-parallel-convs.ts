import { likeConv, mergedGeometry, mergedPadValue, notActivated, partOf } from '../parallel.ts';
import { sameClass, twoAlignedConvs, withoutPair, worthMerging } from '../parallel.ts';
import { rule } from '../rule.ts';
import { addAll, regroup } from '../weights.ts';

/** Convolution, transposed or not, is additive in its kernel: Ding et al. 2019 (ACNet), equation 4. */
export const sumParallelConvs = rule({
  name: 'sum-parallel-convs',
  identity: 'conv(x, A, a) + conv(x, B, b) = conv(x, A + B, a + b)',
  pattern: twoAlignedConvs,
  sound: { ...sameClass, ...notActivated },
  worth: worthMerging,
  rewrite(match, build, g) {
    const { sum, at, a, aw, ab, b, bw, bb, ax } = match;
    const geometry = mergedGeometry(match);
    const kernel = addAll([
      regroup(partOf(a, aw, g), a.attrs.group, geometry.group),
      regroup(partOf(b, bw, g), b.attrs.group, geometry.group),
    ]);
    const isWhole = sum.inputs.length === 2;
    const name = isWhole ? sum.id : `${sum.id}.conv`;
    const weight = build.constant(`${name}.weight`, kernel);
    const [first, ...rest] = [ab && partOf(a, ab, g), bb && partOf(b, bb, g)].filter(
      (c) => c !== null,
    );
    const bias = first ? build.constant(`${name}.bias`, addAll([first, ...rest])) : null;
    const operands = { x: ax.id, weight, bias, pad: mergedPadValue(match) };
    if (isWhole) return likeConv(a, operands, geometry, sum.attrs);
    const merged = build.node(name, likeConv(a, operands, geometry));
    return { op: 'sum', inputs: withoutPair(sum, at, merged), attrs: sum.attrs };
  },
});
