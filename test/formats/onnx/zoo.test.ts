/** Networks of the zoo, exported in training form, and what is left of them. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { openOnnx, writeOnnx } from '../../../src/formats/onnx/index.ts';
import { randomiseStatistics } from '../../../src/model/index.ts';
import { zoo, type ZooName } from '../../../src/zoo/index.ts';
import { expectClose } from '../../support/close.ts';
import { countOperator, decodeOnnx } from '../../support/onnx-proto.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs } from '../../support/random-weights.ts';

const expected: [ZooName, before: number, after: number][] = [
  ['repvgg-a0', 44, 22],
  ['mobileone-s0', 191, 43],
];

test.each(expected)('%s: %i convolutions become %i', async (name, before, after) => {
  const graph = randomiseStatistics(zoo[name]({ input: [1, 3, 64, 96] }));
  const exported = writeOnnx(graph);
  const model = openOnnx(exported, { what: `${name}.onnx` });
  const { model: plain } = model.write(compile(model.graph).graph);
  const convs = [exported, plain].map((file) => countOperator(decodeOnnx(file), 'Conv'));
  expect(convs).toEqual([before, after]);
  expect(countOperator(decodeOnnx(plain), 'BatchNormalization')).toBe(0);
  const inputs = randomInputs(graph);
  expectClose(await runOnnx(plain, inputs), await runOnnx(exported, inputs), 1e-4);
});
