import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate, GraphBuilder, opNames, type Fused, type Graph } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { expectClose } from '../support/close.ts';
import { randomInputs, randomTensor } from '../support/random-weights.ts';
import { runGraph } from '../support/run-graph.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const graphs = (options: Parameters<typeof arbitraryGraph>[0]) =>
  arbitraryGraph(options).filter((graph) => graph.inputs.every(({ dtype }) => dtype === 'f32'));

/** Unrolled kernels would be a pipeline for nearly every graph; they have tests of their own. */
const lowering = { kernel: 'conv-direct' };

async function expectRight(graph: Graph, fuseResidual: boolean) {
  const inputs = randomInputs(graph);
  const limits = { maxStorageBuffersPerShaderStage: 6 };
  const options = { lowering: { ...lowering, fuseResidual }, limits };
  const { outputs, plan } = await runGraph(device, graph, inputs, options);
  // In the middle of a network float32 has lost more than a few bits only by cancellation.
  expectClose(outputs, evaluate(graph, inputs), 1e-4);
  return plan;
}

test('random graphs give what the evaluator gives', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(graphs({ maxNodes: 14 }), fc.boolean(), async (graph, fuseResidual) => {
      graph.nodes.forEach(({ op }) => met.add(op));
      await expectRight(graph, fuseResidual);
    }),
    { numRuns: 100 },
  );
  expect([...met].sort()).toEqual([...opNames].sort());
});

/** Networks of one shape, made of what residual sums are fused with or hindered by. */
const residualNetworks = fc
  .array(
    fc.record({
      op: fc.constantFrom('conv2d', 'conv2d', 'sum', 'sum', 'identity', 'relu'),
      // The newest value, as a rule, and one before.
      back: fc.tuple(fc.constantFrom(0, 0, 0, 1), fc.nat({ max: 3 })),
      act: fc.constantFrom<Fused['act']>('none', 'silu'),
    }),
    { minLength: 3, maxLength: 12 },
  )
  .map((steps): Graph => {
    const b = new GraphBuilder('residual');
    const values = [b.input('x', [2, 4, 3, 3]), b.constant('k', randomTensor('k', [2, 4, 3, 3]))];
    steps.forEach(({ op, back, act }, i) => {
      const [first, second] = back.map((n) => values[Math.max(0, values.length - 1 - n)]!);
      const w = op === 'conv2d' ? b.constant(`w${i}`, randomTensor(`w${i}`, [4, 4, 1, 1])) : '';
      const fused = { act, actParams: [] };
      // A convolution that is activated already is not fused, so few of them are.
      const early = back[1] === 3 ? fused : {};
      if (op === 'conv2d') values.push(b.node(op, `v${i}`, [first!, w], early));
      else if (op === 'sum') values.push(b.node(op, `v${i}`, [first!, second!], fused));
      else values.push(b.node(op, `v${i}`, [first!]));
    });
    return b.finish(values.slice(-1).map((value) => ({ name: `y ${value}`, value })));
  });

test('so do networks whose sums are fused into convolutions', async () => {
  let fused = 0;
  await fc.assert(
    fc.asyncProperty(residualNetworks, async (graph) => {
      const { dispatches } = await expectRight(graph, true);
      fused += dispatches.filter(({ covers }) => covers.length > 1).length;
    }),
    { numRuns: 80 },
  );
  expect(fused).toBeGreaterThan(10);
});
