/** What is written reads back as the same function, and other runtimes agree. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, printShape, symbolsOf, Tensor } from '../../../ir/index.ts';
import { GraphBuilder, parse, ReparamError, type Graph } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { readOnnx, writeOnnx } from '../../../src/formats/onnx/index.ts';
import { fashionImages, fashionLogits, trainedNames } from '../../fixtures/fashion.ts';
import { blockBytes, blockNames, blockTensor, trainedOnnx } from '../../fixtures/onnx-blocks.ts';
import { arbitraryGraph } from '../../support/arbitrary-graph.ts';
import { expectClose, relativeError } from '../../support/close.ts';
import { errorOf } from '../../support/errors.ts';
import { trySpecialise } from '../../support/try-specialise.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs, randomWeights } from '../../support/random-weights.ts';

const refused = ['circular-padding', 'train-mode-bn'];
const supported = blockNames.filter((name) => !refused.includes(name));

describe.each(supported)('%s', (name) => {
  const x = { input: blockTensor(name, 'input') };
  const wanted = { output: blockTensor(name, 'output') };
  const graph = readOnnx(blockBytes(name));

  test.each([
    ['training', graph],
    ['plain', compile(graph).graph],
  ])('the %s form, written', async (_, form) => {
    const bytes = writeOnnx(form);
    const back = readOnnx(bytes);
    expect(back.inputs).toEqual(form.inputs);
    expectClose(evaluate(back, x), evaluate(form, x), 1e-6);
    expectClose(await runOnnx(bytes, x), wanted, 1e-5);
  });
});

test.each(trainedNames)('%s, plain, gives PyTorch’s logits in ONNX Runtime', async (name) => {
  const plain = compile(readOnnx(trainedOnnx(name))).graph;
  const [input, output] = [plain.inputs[0]!.id, plain.outputs[0]!.name];
  const results = await runOnnx(writeOnnx(plain), { [input]: fashionImages(100) });
  expect(relativeError(results[output]!, fashionLogits(name, 100))).toBeLessThan(1e-5);
});

/** Inputs of small sizes; null where a kernel does not fit into them. */
function inputsOf(graph: Graph) {
  const open = symbolsOf(graph);
  const sizes = Object.entries({ N: 2, H: 11, W: 12 }).filter(([name]) => open.includes(name));
  const dims = Object.fromEntries(sizes);
  return trySpecialise(graph, dims) && randomInputs(graph, dims);
}

/** The file, or why there can be none. */
function tryToWrite(graph: Graph): Uint8Array | string {
  try {
    return writeOnnx(graph);
  } catch (error) {
    if (error instanceof ReparamError && error.code === 'file') return error.message;
    throw error;
  }
}

test('any graph that can be written reads back as the same function', () => {
  let compared = 0;
  for (const options of [{}, { symbolic: true }]) {
    fc.assert(
      fc.property(arbitraryGraph(options), (graph) => {
        const bytes = tryToWrite(graph);
        // Only a shape with two open sizes has no Reshape in ONNX.
        if (typeof bytes === 'string') return bytes.includes('has several open sizes');
        const back = readOnnx(bytes);
        expect(back.inputs).toEqual(graph.inputs);
        expect(back.outputs.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name));
        const inputs = inputsOf(graph);
        if (inputs === null) return true;
        expectClose(evaluate(back, inputs), evaluate(graph, inputs), 1e-5);
        compared++;
        return true;
      }),
      { numRuns: 100 },
    );
  }
  expect(compared).toBeGreaterThan(100);
});

test('names that a table trips over', () => {
  fc.assert(
    fc.property(arbitraryGraph({ oddNames: true }), (graph) => {
      const bytes = tryToWrite(graph);
      if (typeof bytes === 'string') {
        return /cannot have an input or output|ONNX needs two names/.test(bytes);
      }
      expect(printNames(readOnnx(bytes))).toBe(printNames(graph));
      return true;
    }),
    { numRuns: 100 },
  );
});

const printNames = ({ inputs, outputs }: Graph): string =>
  JSON.stringify([
    inputs.map(({ id, shape }) => [id, printShape(shape)]),
    outputs.map(({ name }) => name),
  ]);

test('padding values, the same for all channels and one for each', async () => {
  for (const values of [
    [0.5, 0.5],
    [0.5, -2],
  ]) {
    const graph = parse(
      `graph g(%x: f32[1,2,5,5]) {
        const %w : f32[3,2,3,3]
        const %p : f32[2]
        %y = conv2d %x, %w, _, %p {pads=[1,0,1,2], act="clip", actParams=[-inf,2]}
        return %y
      }`,
      (id, type) =>
        id === 'p' ? new Tensor([2], Float32Array.from(values)) : randomWeights()(id, type),
    );
    const inputs = randomInputs(graph);
    const bytes = writeOnnx(graph);
    expectClose(await runOnnx(bytes, inputs), evaluate(graph, inputs), 1e-5);
    expectClose(evaluate(readOnnx(bytes), inputs), evaluate(graph, inputs), 1e-5);
  }
});

test('outputs that are inputs, constants, or the same value', () => {
  const b = new GraphBuilder('g');
  b.input('x', [1, 2]);
  b.constant('c', new Tensor([2], Float32Array.of(1, 2)));
  b.node('relu', 'y', ['x']);
  const outputs = [
    { name: 'x', value: 'x' },
    { name: 'again', value: 'x' },
    { name: 'first', value: 'y' },
    { name: 'second', value: 'y' },
    { name: 'y', value: 'c' },
  ];
  const graph = b.finish(outputs);
  const inputs = randomInputs(graph);
  expectClose(evaluate(readOnnx(writeOnnx(graph)), inputs), evaluate(graph, inputs), 0);
  const swapped = b.finish([{ name: 'x', value: 'y' }]);
  expect(errorOf(() => writeOnnx(swapped))).toContain('the output "x" is not the input "x"');
});

test('opsets', () => {
  const graph = parse('graph g(%x: f32[2]) { \n %y = gelu %x {tanh=1} \n return %y \n }');
  const inputs = randomInputs(graph);
  expectClose(evaluate(readOnnx(writeOnnx(graph)), inputs), evaluate(graph, inputs), 1e-6);
  expect(errorOf(() => writeOnnx(graph, { opset: 8 }))).toContain('opset 8 is not one of 9 to');
});
