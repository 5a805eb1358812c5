/** The buffers of a plan never alias while they are alive, whatever the graph and the device. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultProfile, lower, type DeviceProfile, type Plan } from '../../codegen/index.ts';
import { GraphBuilder, ReparamError, type Graph } from '../../ir/index.ts';
import { compile, zoo } from '../../src/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { clashes, followPlan, largestCut, livesOf } from '../support/follow-plan.ts';
import { randomTensor } from '../support/random-weights.ts';

const withLimits = (limits: Partial<DeviceProfile['limits']>): DeviceProfile => ({
  ...defaultProfile,
  limits: { ...defaultProfile.limits, ...limits },
});

const devices: Readonly<Record<string, DeviceProfile>> = {
  'a GPU': defaultProfile,
  'a GPU with float16': { ...defaultProfile, features: ['shader-f16'] },
  'a software adapter with subgroups': {
    ...defaultProfile,
    features: ['subgroups'],
    subgroupSize: 8,
    subgroupMinSize: 8,
    software: true,
  },
  'few bindings': withLimits({ maxStorageBuffersPerShaderStage: 6 }),
  'a coarse alignment': withLimits({ minStorageBufferOffsetAlignment: 1024 }),
  'small buffers': withLimits({ maxBufferSize: 26_000 }),
};

/** Returns the number of writes in place. */
function expectNoAliasing(plan: Plan, graph: Graph, { limits }: DeviceProfile): number {
  const lives = livesOf(plan);
  expect(clashes(lives)).toEqual([]);
  for (const { value, region } of lives) {
    const { buffer, offset, bytes } = region;
    expect(offset % limits.minStorageBufferOffsetAlignment, `alignment of "${value}"`).toBe(0);
    expect(offset + bytes).toBeLessThanOrEqual(plan.buffers[buffer]!);
  }
  for (const bytes of plan.buffers) expect(bytes).toBeLessThanOrEqual(limits.maxBufferSize);
  expect(plan.peakBytes).toBe(plan.buffers.reduce((a, b) => a + b, 0));
  expect(plan.lowerBoundBytes).toBe(largestCut(lives, plan.dispatches.length));
  expect(plan.peakBytes).toBeGreaterThanOrEqual(plan.lowerBoundBytes);
  return followPlan(plan, graph).inPlace;
}

/** They count where the device has float16. */
const halves = { weights: 'f16', activations: 'f16' } as const;

/** Null where the graph has a tensor too large for the device. */
function tryLower(graph: Graph, device: DeviceProfile): Plan | null {
  try {
    return lower(graph, device, halves);
  } catch (error) {
    if (error instanceof ReparamError && error.code === 'limit') return null;
    throw error;
  }
}

const anyGraphs = arbitraryGraph({ maxNodes: 20 }).filter((graph) =>
  graph.inputs.every(({ dtype }) => dtype === 'f32'),
);

/** Wide enough for kernels with temporaries; sizes differ, so that regions do not merely take turns. */
const networks: fc.Arbitrary<Graph> = fc
  .array(
    fc.record({
      op: fc.constantFrom(
        'conv3',
        'conv3',
        'conv1',
        'sum',
        'concat',
        'relu',
        'maxPool',
        'identity',
      ),
      // The newest value, as a rule, and one before.
      back: fc.tuple(fc.constantFrom(0, 0, 0, 1), fc.nat({ max: 4 })),
      isOutput: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
    { minLength: 3, maxLength: 24 },
  )
  .map((steps): Graph => {
    const b = new GraphBuilder('network');
    const values = [b.input('x', [1, 40, 9, 9])];
    const channelsOf = (id: string) => b.value(id).shape[1] as number;
    const outputs: string[] = [];
    // One for all layers of a size: only names and shapes matter.
    const weight = (channels: number, kernel: number) => {
      const id = `w${channels}x${kernel}`;
      return b.has(id) ? id : b.constant(id, randomTensor(id, [40, channels, kernel, kernel]));
    };
    steps.forEach(({ op, back, isOutput }, i) => {
      const [x, other] = back.map((n) => values[Math.max(0, values.length - 1 - n)]!) as [
        string,
        string,
      ];
      const id = `v${i}`;
      const [, , height, width] = b.value(x).shape as number[];
      const isAlike = b.value(x).shape.join() === b.value(other).shape.join();
      if (op === 'conv3')
        b.node('conv2d', id, [x, weight(channelsOf(x), 3)], { pads: [1, 1, 1, 1] });
      else if (op === 'conv1') b.node('conv2d', id, [x, weight(channelsOf(x), 1)]);
      else if (op === 'sum') b.node('sum', id, isAlike ? [x, other] : [x]);
      else if (op === 'concat' && isAlike && channelsOf(x) <= 80)
        b.node('concat', id, [x, other], { axis: 1 });
      else if (op === 'maxPool' && height! > 2 && width! > 2)
        b.node('maxPool', id, [x], { kernel_shape: [2, 2], strides: [1, 1] });
      else if (op === 'identity') b.node('identity', id, [x]);
      else b.node('relu', id, [x]);
      values.push(id);
      if (isOutput) outputs.push(id);
    });
    const all = new Set([...outputs, values.at(-1)!]);
    return b.finish([...all].map((value) => ({ name: `out ${value}`, value })));
  });

test.each(Object.entries(devices))('on %s', (name, device) => {
  let [inPlace, temporaries] = [0, 0];
  // Those too large for the device are drawn again, so that chance does not tell how many are followed.
  const plans = fc.oneof(anyGraphs, networks).map((graph) => ({
    graph,
    plan: tryLower(graph, device),
  }));
  const fitting = plans.filter((one): one is { graph: Graph; plan: Plan } => one.plan !== null);
  fc.assert(
    fc.property(fitting, ({ graph, plan }) => {
      temporaries += plan.dispatches.filter(({ kernel }) => kernel === 'conv-winograd').length;
      inPlace += expectNoAliasing(plan, graph, device);
    }),
    { numRuns: 150 },
  );
  expect(inPlace).toBeGreaterThan(20);
  expect(temporaries).toBeGreaterThan(name.includes('subgroups') ? 20 : -1);
});

test.each(['repvgg-a0', 'mobileone-s0'] as const)('in %s, both forms', (name) => {
  const training = zoo[name]({ input: [1, 3, 64, 64] });
  for (const graph of [training, compile(training).graph]) {
    for (const device of Object.values(devices).slice(0, 2)) {
      expectNoAliasing(lower(graph, device), graph, device);
    }
  }
});
