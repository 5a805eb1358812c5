/** Operators and their variants: what is imported computes what ONNX Runtime computes. */
import { expect, test } from 'vitest';
import { evaluate } from '../../../ir/index.ts';
import { readOnnx } from '../../../src/formats/onnx/index.ts';
import { expectClose } from '../../support/close.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs } from '../../support/random-weights.ts';
import { onnxOf } from './make-onnx.ts';
import { activationCases } from './activation-cases.ts';
import { image, operatorCases } from './operator-cases.ts';

const cases = [...operatorCases, ...activationCases];

const ortNeedsOrder = 'a node before what it reads, and one that nothing reads';

test.each(cases)('$what', async ({ what, nodes, weights = [], shape = image, opset = 17, ops }) => {
  const bytes = onnxOf({ opset, inputs: { x: shape }, nodes, weights });
  const graph = readOnnx(bytes);
  const imported = graph.nodes.map(({ op }) => op).join();
  expect(imported).toBe(ops ?? imported);
  const inputs = randomInputs(graph);
  const sorted =
    what === ortNeedsOrder ? nodes.toSorted((a, b) => a.opType.localeCompare(b.opType)) : nodes;
  const wanted = await runOnnx(
    onnxOf({ opset, inputs: { x: shape }, nodes: sorted, weights }),
    inputs,
  );
  expectClose(evaluate(graph, inputs), wanted, 1e-5);
});
