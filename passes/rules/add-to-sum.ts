import { sameShape } from '../../ir/index.ts';
import { any, op } from '../pattern.ts';
import { rule } from '../rule.ts';

export const addToSum = rule({
  name: 'add-to-sum',
  identity: 'add(a, b) = sum(a, b) where neither is broadcast',
  pattern: op('add', 'add', any('a'), any('b')),
  sound: {
    'an operand is broadcast': ({ a, b }) => sameShape(a.shape, b.shape),
  },
  rewrite: ({ a, b }) => ({ op: 'sum', inputs: [a.id, b.id] }),
});
