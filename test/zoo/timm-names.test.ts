import { expect, test } from 'vitest';
import { tensor, type Tensor } from '../../ir/index.ts';
import { fromTimm, zoo, type ZooName } from '../../src/zoo/index.ts';
import { errorOf } from '../support/errors.ts';
import { toTimm } from '../support/timm.ts';

/** No elements are needed to tell names. */
const stub = tensor([], [0]);
const namesOf = (name: ZooName, deploy: boolean) =>
  new Map<string, Tensor>(Object.keys(zoo[name]({ deploy }).consts).map((id) => [id, stub]));

/** Entries of timm 1.0.29's state dicts, and names in them. */
const recorded = [
  ['repvgg-a0', false, 351, ['stem.conv_kxk.conv.weight', 'stages.3.0.conv_1x1.bn.running_var']],
  ['repvgg-b1g4', false, 453, ['stages.0.1.identity.running_mean', 'head.fc.bias']],
  ['mobileone-s0', false, 1323, ['stem.conv_kxk.0.bn.bias', 'stages.3.1.conv_kxk.3.conv.weight']],
  ['mobileone-s4', false, 610, ['stem.conv_scale.conv.weight', 'stages.3.1.attn.fc2.weight']],
  ['repvgg-a0', true, 46, ['stem.reparam_conv.weight', 'stages.3.0.reparam_conv.bias']],
  ['mobileone-s4', true, 136, ['stages.3.1.reparam_conv.weight', 'stages.3.1.attn.fc1.bias']],
] as const;

test.each(recorded)('%s, deployed: %s, has %i entries', (name, deploy, count, examples) => {
  const official = namesOf(name, deploy);
  const timm = toTimm(official);
  const statistics = [...timm.keys()].filter((id) => id.endsWith('.running_var'));
  expect(timm.size + statistics.length).toBe(count);
  for (const example of examples) expect([...timm.keys()]).toContain(example);
  expect([...fromTimm(name, timm).keys()]).toEqual([...official.keys()]);
});

test('counters are renamed too', () => {
  const dict = new Map([['stem.conv_kxk.0.bn.num_batches_tracked', stub]]);
  const names = [...fromTimm('mobileone-s0', dict).keys()];
  expect(names).toEqual(['stage0.rbr_conv.0.bn.num_batches_tracked']);
});

test('names that do not map are listed', () => {
  const names = [
    'stem.conv_kxk.0.bn.bias',
    'stem.conv1.weight',
    'head.norm.weight',
    'head.fc.bias',
  ];
  const dict = new Map(names.map((name) => [name, stub]));
  expect(errorOf(() => fromTimm('mobileone-s0', dict, { what: 'm.pt' }))).toMatchInlineSnapshot(
    `"state-dict of m.pt: m.pt does not fit mobileone-s0: 2 not among timm's names: stem.conv1.weight, head.norm.weight"`,
  );
  expect(errorOf(() => fromTimm('repvgg-article', dict))).toMatchInlineSnapshot(
    `"state-dict of the state dict: timm has no names for repvgg-article"`,
  );
});
