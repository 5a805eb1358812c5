import { asScale } from '../channels.ts';
import { compareCosts } from '../parallel.ts';
import { any, constant, op, sumOf, where } from '../pattern.ts';
import { rule } from '../rule.ts';
import { geometryOf, point, uniteGeometries } from '../taps.ts';
import { diagonal, vector } from '../weights.ts';

const convAndBranch = sumOf('sum', op('conv2d', 'conv', any('x'), constant('w')), any('branch'), {
  symmetric: false,
});

/** Ding et al. 2021 (RepVGG), section 3.3; with groups, the diagonal of each group. */
export const identityToConv = rule({
  name: 'identity-to-conv',
  identity: 's x + t = conv(x, diag(s), t) with a 1x1 kernel;  s = 1 and t = 0 for x itself',
  // Another convolution is sum-parallel-convs' business, unless it is what this one reads; a transposed one is nobody's.
  pattern: where(
    convAndBranch,
    ({ x, branch }, g) =>
      branch.id === x.id || !/^conv(Transpose)?2d$/.test(g.definition(branch.id)?.op ?? ''),
  ),
  sound: {
    'the branch is not the tensor that the convolution reads, nor its BatchNorm or per-channel scale':
      ({ x, branch }, g) => asScale(branch, x, g) !== null,
  },
  worth: {
    'the convolution has a stride, which the branch has not': ({ conv }) =>
      conv.attrs.strides.every((stride) => stride === 1),
    'the convolution is activated before the sum': ({ conv }) => conv.attrs.act === 'none',
    'the merged convolution would cost more than its parts': ({ sum, at, conv, w, branch }, g) => {
      const geometry = uniteGeometries(geometryOf(conv, w.constant.shape), point);
      const part = g.definition(branch.id);
      const parts = part ? ([conv, part] as const) : ([conv] as const);
      return compareCosts(sum, at, parts, { ...geometry, group: conv.attrs.group }, g);
    },
  },
  rewrite({ sum, at: [, place], conv, x, branch }, build, g) {
    const { s, t } = asScale(branch, x, g)!;
    const [channels, { group }] = [x.shape[1] as number, conv.attrs];
    const name = `${branch.id === x.id ? `${sum.id}.identity` : branch.id}.conv`;
    const weight = build.constant(`${name}.weight`, diagonal(channels, group, s, x.dtype));
    const bias = t && build.constant(`${name}.bias`, vector(channels, t, x.dtype));
    const inputs = [x.id, weight, bias];
    const made = build.node(name, { op: 'conv2d', inputs, attrs: { group } });
    return {
      op: 'sum',
      inputs: sum.inputs.map((id, i) => (i === place ? made : id)),
      attrs: sum.attrs,
    };
  },
});
