import { expect, test } from 'vitest';
import { evaluate, type Graph } from '../../ir/index.ts';
import { pipeline, runPasses } from '../../passes/index.ts';
import { loadStateDict } from '../../src/formats/index.ts';
import { randomiseStatistics } from '../../src/model/index.ts';
import { deployStateDict, zoo, type ZooName, type ZooOptions } from '../../src/zoo/index.ts';
import { fashionImages, trainedNames, trainedWeights } from '../fixtures/fashion.ts';
import { expectClose } from '../support/close.ts';
import { randomInputs } from '../support/random-weights.ts';

const merge = (graph: Graph) => runPasses(graph, pipeline).graph;

test.each(trainedNames)('%s, merged, fits its deploy form and answers the same', (name) => {
  const graph = loadStateDict(zoo[name](), trainedWeights(name));
  const merged = merge(graph);
  const deployed = loadStateDict(zoo[name]({ deploy: true }), deployStateDict(name, merged));
  const inputs = { x: fashionImages(4) };
  expectClose(evaluate(deployed, inputs), evaluate(merged, inputs), 0);
  expectClose(evaluate(deployed, inputs), evaluate(graph, inputs), 1e-5);
});

const published: readonly ZooName[] = ['repvgg-a0', 'mobileone-s0', 'mobileone-s4'];

test.each(published)('%s, merged, fits its deploy form', (name) => {
  const options: ZooOptions = { input: [1, 3, 32, 32], classes: 5 };
  const graph = randomiseStatistics(zoo[name](options));
  const dict = deployStateDict(name, merge(graph), options);
  const deployed = loadStateDict(zoo[name]({ ...options, deploy: true }), dict);
  expect([...dict.keys()]).toEqual(Object.keys(deployed.consts));
  const inputs = randomInputs(graph);
  expectClose(evaluate(deployed, inputs), evaluate(graph, inputs), 1e-4);
});

test('what is not the plain form of the network is refused', () => {
  expect(() => deployStateDict('mobileone', zoo.mobileone())).toThrow(
    '"stage0.rbr_scale.bn" is a batch normalisation that was not merged',
  );
  const other = zoo['repvgg-article']({ deploy: true });
  expect(() => deployStateDict('mobileone', other)).toThrow(
    'the graph "repvgg-article" has 8 convolutions and linear layers, not 14 as the deploy form',
  );
  expect(() => deployStateDict('repvgg-g2', other)).toThrow(
    /"stages.1.1.conv" does not fit "stage1.1.rbr_reparam" of the deploy form: .* group=1, not .* group=2/,
  );
  expect(() => deployStateDict('repvgg-article', other, { classes: 3 })).toThrow(
    '"head.weight" is [10,128], not [3,128]',
  );
});
