/** Names recorded from the authors' code, so that published state dicts fit. */
import { expect, test } from 'vitest';
import { zoo, type ZooName } from '../../src/zoo/index.ts';

const shapesOf = (name: ZooName, deploy = false) =>
  Object.fromEntries(
    Object.entries(zoo[name]({ deploy }).consts).map(([id, { shape }]) => [id, shape.join()]),
  );

test('RepVGG in training', () => {
  const shapes = shapesOf('repvgg-b1g4');
  // Two conv-bn of five tensors in 28 blocks, four of an identity in all that do not halve the image
  // (3 + 5 + 15 + 0), and the classifier.
  expect(Object.keys(shapes)).toHaveLength(28 * 10 + 23 * 4 + 2);
  expect(shapes).toMatchObject({
    'stage0.rbr_dense.conv.weight': '64,3,3,3',
    'stage0.rbr_1x1.bn.running_var': '64',
    'stage1.0.rbr_dense.conv.weight': '128,64,3,3',
    'stage1.1.rbr_identity.running_mean': '128',
    'stage1.1.rbr_dense.conv.weight': '128,32,3,3',
    'stage1.1.rbr_1x1.conv.weight': '128,32,1,1',
    'stage1.2.rbr_dense.conv.weight': '128,128,3,3',
    'stage3.15.rbr_dense.bn.bias': '512',
    'stage4.0.rbr_dense.conv.weight': '2048,512,3,3',
    'linear.weight': '1000,2048',
    'linear.bias': '1000',
  });
  expect(shapes).not.toHaveProperty(['stage1.0.rbr_identity.weight']);
});

test('RepVGG deployed', () => {
  const shapes = shapesOf('repvgg-a0', true);
  expect(Object.keys(shapes)).toHaveLength(22 * 2 + 2);
  expect(Object.keys(shapes).slice(0, 4)).toEqual([
    'stage0.rbr_reparam.weight',
    'stage0.rbr_reparam.bias',
    'stage1.0.rbr_reparam.weight',
    'stage1.0.rbr_reparam.bias',
  ]);
  expect(shapes).toMatchObject({
    'stage0.rbr_reparam.weight': '48,3,3,3',
    'stage3.13.rbr_reparam.weight': '192,192,3,3',
    'stage4.0.rbr_reparam.weight': '1280,192,3,3',
    'linear.weight': '1000,1280',
  });
});

test('MobileOne in training', () => {
  const shapes = shapesOf('mobileone-s0');
  const statistics = Object.keys(shapes).filter((id) => id.endsWith('.running_var'));
  // 191 convolutions, and skips: 3 in stage1 (48 channels before and after), 7 and 9 pairs in the next two.
  expect(statistics).toHaveLength(191 + 3 + 14 + 18);
  expect(shapes).toMatchObject({
    'stage0.rbr_conv.0.conv.weight': '48,3,3,3',
    'stage0.rbr_scale.conv.weight': '48,3,1,1',
    'stage0.rbr_scale.bn.running_mean': '48',
    'stage1.0.rbr_conv.3.conv.weight': '48,1,3,3',
    'stage1.0.rbr_scale.conv.weight': '48,1,1,1',
    'stage1.1.rbr_conv.3.bn.weight': '48',
    'stage2.1.rbr_conv.3.bn.weight': '128',
    'stage1.2.rbr_skip.running_var': '48',
    'stage2.3.rbr_skip.weight': '128',
    'stage4.1.rbr_conv.0.conv.weight': '1024,256,1,1',
    'linear.weight': '1000,1024',
  });
  for (const absent of ['stage0.rbr_conv.1', 'stage1.1.rbr_scale', 'stage2.1.rbr_skip']) {
    expect(Object.keys(shapes).filter((id) => id.startsWith(absent))).toEqual([]);
  }
});

test('MobileOne deployed, with squeeze and excitation in the last stages', () => {
  const shapes = shapesOf('mobileone-s4', true);
  expect(Object.keys(shapes)).toHaveLength((43 + 24) * 2 + 2);
  expect(shapes).toMatchObject({
    'stage0.reparam_conv.weight': '64,3,3,3',
    'stage3.10.se.reduce.weight': '56,896,1,1',
    'stage3.10.se.reduce.bias': '56',
    'stage3.19.se.expand.weight': '896,56,1,1',
    'stage4.1.reparam_conv.weight': '2048,896,1,1',
    'stage4.1.se.reduce.weight': '128,2048,1,1',
  });
  expect(shapes).not.toHaveProperty(['stage3.9.se.reduce.weight']);
});
