import { op, operandOf } from '../pattern.ts';
import { rule } from '../rule.ts';

/** So that matching does not depend on how the additions were nested. */
export const flattenSums = rule({
  name: 'flatten-sums',
  identity: 'sum(..., sum(a, b), ...) = sum(..., a, b, ...)',
  pattern: operandOf('outer', op('sum', 'inner')),
  sound: {
    'the inner sum is activated': ({ inner }) => inner.attrs.act === 'none',
  },
  worth: {
    'the inner sum has another user': ({ inner }, g) => g.useCount(inner.outputs[0].id) === 1,
  },
  rewrite: ({ outer, inner }) => ({
    op: 'sum',
    inputs: outer.inputs.flatMap((id) => (id === inner.outputs[0].id ? inner.inputs : [id])),
    attrs: outer.attrs,
  }),
});
