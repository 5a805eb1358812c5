import { any, op } from '../pattern.ts';
import { rule } from '../rule.ts';

export const dropIdentity = rule({
  name: 'drop-identity',
  identity: 'identity(x) = x',
  pattern: op('identity', 'identity', any('x')),
  rewrite: ({ x }) => x.id,
});
