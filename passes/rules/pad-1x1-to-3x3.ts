import type { NodeOf } from '../../ir/index.ts';
import { mergedGeometry, mergedPadValue, notActivated, partOf, sameClass } from '../parallel.ts';
import { twoUnalignedConvs, worthMerging } from '../parallel.ts';
import type { ConstantValue } from '../pattern.ts';
import { rule } from '../rule.ts';
import { geometryOf, sameTaps, tapIndices } from '../taps.ts';
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
    const grow = (conv: NodeOf<'conv2d'>, w: ConstantValue): string => {
      const from = geometryOf(conv, w.constant.shape);
      if (sameTaps(from, target)) return conv.outputs[0].id;
      const [rows, columns] = [tapIndices(from, target, 0), tapIndices(from, target, 1)];
      const larger = spread(partOf(conv, w, g), target.kernel, rows, columns);
      const weight = build.constant(`${conv.id}.padded.weight`, larger);
      return build.node(`${conv.id}.padded`, {
        op: 'conv2d',
        inputs: [ax.id, weight, conv.inputs[2]!, mergedPadValue(a, b)],
        attrs: { ...conv.attrs, pads: target.pads, dilations: target.dilations },
      });
    };
    const grown = [grow(a, aw), grow(b, bw)];
    const inputs = sum.inputs.map((id, i) => grown[at.indexOf(i)] ?? id);
    return { op: 'sum', inputs, attrs: sum.attrs };
  },
});
