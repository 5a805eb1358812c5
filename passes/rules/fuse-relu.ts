import { activations, type AttrsOf, type NodeOf } from '../../ir/index.ts';
import { activation, oneOf, op } from '../pattern.ts';
import { rule } from '../rule.ts';

/** Every activation that a kernel can apply to what it has just computed. */
export const fuseRelu = rule({
  name: 'fuse-relu',
  identity: 'act(f(x)) = f(x) with act applied to each element before it is stored',
  pattern: activation(
    'act',
    oneOf(
      op('conv2d', 'conv'),
      op('convTranspose2d', 'transposed'),
      op('linear', 'linear'),
      op('sum', 'sum'),
    ),
  ),
  sound: {
    'the node before it is already activated': (match) => producer(match).attrs.act === 'none',
  },
  worth: {
    'the value before the activation has another user': (match, g) =>
      g.useCount(producer(match).outputs[0].id) === 1,
  },
  rewrite(match) {
    const { act } = match;
    const params = act.attrs as Record<string, number>;
    const fused = {
      act: act.op,
      actParams: Object.keys(activations[act.op].params).map((name) => params[name]!),
    };
    const { op: kind, inputs, attrs } = producer(match);
    return { op: kind, inputs, attrs: { ...attrs, ...fused } } as Fused;
  },
});

type Fusable = 'conv2d' | 'convTranspose2d' | 'linear' | 'sum';
type Fused = {
  op: 'sum';
  inputs: NodeOf<'sum'>['inputs'];
  attrs: AttrsOf<'sum'>;
};

const producer = (match: {
  conv: NodeOf<'conv2d'> | null;
  transposed: NodeOf<'convTranspose2d'> | null;
  linear: NodeOf<'linear'> | null;
  sum: NodeOf<'sum'> | null;
}): NodeOf<Fusable> =>
  (match.conv ?? match.transposed ?? match.linear ?? match.sum)! as NodeOf<Fusable>;
