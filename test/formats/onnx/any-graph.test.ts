/** Any graph means the same in ONNX Runtime as in the evaluator, at every opset, and so does its plain form. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, ReparamError, symbolsOf, type Graph } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { openOnnx, writeOnnx } from '../../../src/formats/onnx/index.ts';
import { arbitraryGraph } from '../../support/arbitrary-graph.ts';
import { expectClose } from '../../support/close.ts';
import { decodeOnnx, opsetsOf } from '../../support/onnx-proto.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs } from '../../support/random-weights.ts';
import { trySpecialise } from '../../support/try-specialise.ts';

/** Those that are written; operators changed in each of them. */
const opsets = [9, 10, 11, 13, 17, 18, 20, 22, 26];
const RUNS = 30;
const TOLERANCE = 1e-4;

/** The file, or null where ONNX has no way to express a node. */
function tryToWrite(graph: Graph, opset: number): Uint8Array | null {
  try {
    return writeOnnx(graph, { opset });
  } catch (error) {
    const isExpected =
      error instanceof ReparamError &&
      /gelu needs opset 20|has more than one open size/.test(error.message);
    if (isExpected) return null;
    throw error;
  }
}

/** Sizes for those that are open; null where a kernel does not fit into them. */
function sizesOf(graph: Graph) {
  const open = symbolsOf(graph);
  const sizes = Object.entries({ N: 2, H: 11, W: 12 }).filter(([name]) => open.includes(name));
  const dims = Object.fromEntries(sizes);
  return trySpecialise(graph, dims) && dims;
}

test.each(opsets)('opset %i', async (opset) => {
  let compared = 0;
  const graphs = fc.oneof(arbitraryGraph(), arbitraryGraph({ symbolic: true }));
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      // ONNX Runtime has no convolutions of float64.
      fc.pre(graph.inputs.every(({ dtype }) => dtype === 'f32'));
      const sizes = sizesOf(graph);
      const file = tryToWrite(graph, opset);
      fc.pre(sizes !== null && file !== null);
      expect(opsetsOf(decodeOnnx(file))).toEqual({ '': BigInt(opset) });
      const inputs = randomInputs(graph, sizes);
      const wanted = evaluate(graph, inputs);
      expectClose(await runOnnx(file, inputs), wanted, TOLERANCE);
      const model = openOnnx(file);
      const plain = model.write(compile(model.graph).graph).model;
      expect(opsetsOf(decodeOnnx(plain))).toEqual({ '': BigInt(opset) });
      expectClose(await runOnnx(plain, inputs), wanted, TOLERANCE);
      compared++;
    }),
    { numRuns: RUNS },
  );
  expect(compared).toBe(RUNS);
});
