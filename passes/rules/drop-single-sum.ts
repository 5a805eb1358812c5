import { any, op, where } from '../pattern.ts';
import { rule } from '../rule.ts';

export const dropSingleSum = rule({
  name: 'drop-single-sum',
  identity: 'sum(x) = x',
  pattern: where(op('sum', 'sum', any('x')), ({ sum }) => sum.inputs.length === 1),
  sound: {
    'the sum is activated': ({ sum }) => sum.attrs.act === 'none',
  },
  rewrite: ({ x }) => x.id,
});
