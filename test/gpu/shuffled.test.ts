/**
 * Products by shuffles on devices that claim some least size of subgroups: they must not depend on the size that
 * subgroups really have, nor on which invocations share one.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../ir/index.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { makeOracle } from '../kernels/bounds.ts';
import { offersOf } from '../kernels/candidates.ts';
import { buildConv, full, window, type ConvCase } from '../kernels/conv-case.ts';
import { between } from '../kernels/sizes.ts';
import { randomInputs } from '../support/random-weights.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

/** With loops as software wants them, or as hardware does: of constant bounds. */
const claiming = (subgroupMinSize: number, software: boolean): Device => ({
  ...device,
  profile: { ...device.profile, software, subgroupSize: null, subgroupMinSize },
});

/** Names of candidates that shuffle among at most so many lanes. */
function shuffledOf(graph: Graph, kernel: string, on: Device): string[] {
  const { labels, refusal } = offersOf(graph, on.profile).find((one) => one.kernel === kernel)!;
  expect(refusal).toBeNull();
  return labels.filter((label) => /s\d+$/.test(label)).map((label) => `${kernel} ${label}`);
}

const lanesOf = (name: string) => Number(/\d+$/.exec(name)![0]);

async function expectRight(graph: Graph, name: string, on: Device): Promise<void> {
  using session = await openSession(graph, { device: on, lowering: { kernel: name } });
  const inputs = randomInputs(graph);
  const actual = Object.values(await session.run(inputs))[0]!;
  const { off, at, wanted } = makeOracle(graph, inputs)(name.split(' ')[0]!, actual);
  const found = `[${at}] is ${actual.data[at]}, not ${wanted}, by ${name}`;
  expect(off <= 1 ? 'close' : found).toBe('close');
}

/** Planes of whole vectors. */
const points = (channels: fc.Arbitrary<number>) =>
  fc.record({
    batch: between(1, 3),
    group: fc.constantFrom(1, 1, 3),
    channels,
    outputs: fc.constantFrom(4, 20, 64, 68),
    size: fc.constantFrom([2, 2] as const, [7, 4] as const, [14, 14] as const, [1, 68] as const),
    pads: fc.constant([0, 0, 0, 0]),
    window: fc.constant(window([1, 1])),
    extras: fc.constant({ ...full, padValue: false }),
  });

const squares = fc.record({
  batch: between(1, 2),
  group: fc.constant(1),
  channels: between(64, 81),
  outputs: between(64, 81),
  size: fc.tuple(between(3, 14), between(3, 14)),
  pads: fc.constant([1, 1, 1, 1]),
  window: fc.constant(window([3, 3])),
  extras: fc.constant(full),
});

/** Of depths that are whole steps and others; deep enough for the sum to be split. */
const anyDepth = fc.oneof(between(1, 80), fc.constantFrom(16, 48, 64));
const deep = fc.oneof(between(128, 200), fc.constantFrom(128, 192));

interface Subject {
  readonly kernel: string;
  readonly cases: fc.Arbitrary<ConvCase>;
  readonly runs: number;
  /** Of candidates; any. */
  readonly names?: RegExp;
}

const subjects: Readonly<Record<string, Subject>> = {
  '1x1': { kernel: 'conv-gemm-shuffled', cases: points(anyDepth), runs: 12 },
  '1x1, its sum split': {
    kernel: 'conv-gemm-shuffled',
    cases: points(deep),
    runs: 6,
    names: / \d+x\d+k/,
  },
  'F(4x4, 3x3)': { kernel: 'conv-winograd-gemm', cases: squares, runs: 6 },
  'F(2x2, 3x3)': { kernel: 'conv-winograd2-gemm', cases: squares, runs: 6 },
};

describe.each([4, 8, 16])('among up to %i lanes', (lanes) => {
  test.each(Object.entries(subjects))('%s', async (_, { kernel, cases, runs, names = / / }) => {
    const on = claiming(lanes, lanes === 4);
    // Devices of smaller subgroups can only make the pipelines.
    const canRun = lanes <= device.profile.subgroupMinSize!;
    const property = fc.asyncProperty(cases, fc.nat(), async (one, which) => {
      const graph = buildConv(one);
      const all = shuffledOf(graph, kernel, on);
      expect(Math.max(...all.map(lanesOf))).toBe(lanes);
      const some = all.filter((name) => names.test(name));
      const name = some[which % some.length]!;
      if (canRun) await expectRight(graph, name, on);
      else (await openSession(graph, { device: on, lowering: { kernel: name } })).close();
    });
    await fc.assert(property, { numRuns: canRun ? runs : 3 });
  });
});
