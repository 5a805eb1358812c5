import { likeConv, mergedGeometry, mergedPadValue, notActivated, partOf } from '../parallel.ts';
import { sameClass, twoUnalignedConvs, worthMerging } from '../parallel.ts';
import type { ConstantValue } from '../pattern.ts';
import { rule } from '../rule.ts';
import { geometryOf, sameTaps, tapIndices, type Conv } from '../taps.ts';
import { spread } from '../weights.ts';

/**
 * Any kernel to any larger one that it is summed with: Ding et al. 2021 (RepVGG), figure 4, in general.
 * Rooted at the sum, so that no kernel grows without being absorbed.
 */
export const pad1x1To3x3 = rule({
  name: 'pad-1x1-to-3x3',
  identity:
    'conv(x, W) = conv(x, W among zeros), with pads such that the taps read the same places',
  pattern: twoUnalignedConvs,
  sound: sameClass,
  // An activated convolution can be padded as well, but will not be absorbed.
  worth: { ...notActivated, ...worthMerging },
  rewrite(match, build, g) {
    const { sum, at, a, aw, b, bw, ax } = match;
    const target = mergedGeometry(match);
    const grow = (conv: Conv, w: ConstantValue): string => {
      const from = geometryOf(conv, w.constant.shape);
      if (sameTaps(from, target)) return conv.outputs[0].id;
      const [rows, columns] = [tapIndices(from, target, 0), tapIndices(from, target, 1)];
      const larger = spread(partOf(conv, w, g), target.kernel, rows, columns);
      const weight = build.constant(`${conv.id}.padded.weight`, larger);
      const operands = { x: ax.id, weight, bias: conv.inputs[2]!, pad: mergedPadValue(match) };
      const geometry = { ...target, group: conv.attrs.group };
      return build.node(`${conv.id}.padded`, likeConv(conv, operands, geometry));
    };
    const grown = [grow(a, aw), grow(b, bw)];
    const inputs = sum.inputs.map((id, i) => grown[at.indexOf(i)] ?? id);
    return { op: 'sum', inputs, attrs: sum.attrs };
  },
});
