import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, opNames } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { expectClose } from '../support/close.ts';
import { randomInputs } from '../support/random-weights.ts';
import { runGraph } from '../support/run-graph.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const graphs = (options: Parameters<typeof arbitraryGraph>[0]) =>
  arbitraryGraph(options).filter((graph) => graph.inputs.every(({ dtype }) => dtype === 'f32'));

/** Unrolled kernels would be a pipeline for nearly every graph; they have tests of their own. */
const lowering = { kernel: 'conv-direct' };

test('random graphs give what the evaluator gives', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(graphs({ maxNodes: 14 }), fc.boolean(), async (graph, fuseResidual) => {
      graph.nodes.forEach(({ op }) => met.add(op));
      const inputs = randomInputs(graph);
      const limits = { maxStorageBuffersPerShaderStage: 6 };
      const options = { lowering: { ...lowering, fuseResidual }, limits };
      const { outputs } = await runGraph(device, graph, inputs, options);
      // In the middle of a network float32 has lost more than a few bits only by cancellation.
      expectClose(outputs, evaluate(graph, inputs), 1e-4);
    }),
    { numRuns: 120 },
  );
  expect([...met].sort()).toEqual([...opNames].sort());
});
