import { expect, test } from 'vitest';
import { graphStats } from '../../ir/index.ts';
import { zoo, zooNames, type ZooName } from '../../src/zoo/index.ts';

/** Parameters in the form that is trained and in the deploy form, then convolutions in both. */
// prettier-ignore
const expected: Readonly<Record<ZooName, readonly [number, number, number, number]>> = {
  'repvgg-a0': [9_108_968, 8_309_384, 44, 22],
  'repvgg-a1': [14_092_264, 12_789_864, 44, 22],
  'repvgg-a2': [28_210_600, 25_499_944, 44, 22],
  'repvgg-b0': [15_817_960, 14_339_048, 56, 28],
  'repvgg-b1': [57_415_016, 51_829_480, 56, 28],
  'repvgg-b1g2': [45_782_376, 41_360_104, 56, 28],
  'repvgg-b1g4': [39_966_056, 36_125_416, 56, 28],
  'repvgg-b2': [89_022_376, 80_315_112, 56, 28],
  'repvgg-b2g2': [70_846_376, 63_956_712, 56, 28],
  'repvgg-b2g4': [61_758_376, 55_777_512, 56, 28],
  'repvgg-b3': [123_085_288, 110_960_872, 56, 28],
  'repvgg-b3g2': [96_911_848, 87_404_776, 56, 28],
  'repvgg-b3g4': [83_825_128, 75_626_728, 56, 28],
  'mobileone-s0': [5_293_272, 2_078_504, 191, 43],
  'mobileone-s1': [4_825_192, 4_764_840, 65, 43],
  'mobileone-s2': [7_884_648, 7_808_168, 65, 43],
  'mobileone-s3': [10_170_600, 10_078_312, 65, 43],
  'mobileone-s4': [14_951_248, 14_838_352, 89, 67],
  'repvgg-article': [326_314, 292_202, 14, 7],
  'repvgg-g2': [156_522, 139_722, 14, 7],
  mobileone: [74_154, 24_522, 44, 13],
};

test.each(zooNames)('%s has as many parameters as published', (name) => {
  const trained = graphStats(zoo[name]());
  const deployed = graphStats(zoo[name]({ deploy: true }));
  expect([trained.params, deployed.params, trained.convs, deployed.convs]).toEqual(expected[name]);
  expect(deployed.batchNorms).toBe(0);
});

test('parameters wait until somebody reads them', () => {
  const before = process.memoryUsage().arrayBuffers;
  const graph = zoo['repvgg-b3']();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  expect(Object.keys(graph.consts).length).toBeGreaterThan(100);
});

test('sizes, classes and inputs can be chosen', () => {
  const graph = zoo['mobileone-s1']({ input: ['N', 4, 'H', 'W'], classes: 7 });
  expect(graph.inputs[0]).toMatchObject({ id: 'x', shape: ['N', 4, 'H', 'W'] });
  const [{ name, value }] = graph.outputs as [(typeof graph.outputs)[0]];
  expect(name).toBe('logits');
  expect(graph.nodes.at(-1)!.outputs[0]).toMatchObject({ id: value, shape: ['N', 7] });
});
