/** Kernels of transposed convolutions against the evaluator. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { makeOracle } from '../kernels/bounds.ts';
import { offersOf } from '../kernels/candidates.ts';
import {
  buildTransposed,
  transposedCases,
  transposedKinds,
} from '../kernels/transposed-families.ts';
import { anyTransposed, type TransposedCase } from '../kernels/transposed-families.ts';
import { randomInputs } from '../support/random-weights.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

/** With one candidate, whichever, of the kernel, or of each that takes the case. */
async function expectRight(one: TransposedCase, which: number, only?: string): Promise<void> {
  const graph = buildTransposed(one);
  const inputs = randomInputs(graph);
  const oracle = makeOracle(graph, inputs);
  for (const { kernel, labels } of offersOf(graph, device.profile)) {
    if (labels.length === 0 || (only !== undefined && kernel !== only)) continue;
    const label = labels[which % labels.length]!;
    const lowering = { kernel: `${kernel} ${label}`.trim() };
    using session = await openSession(graph, { device, lowering });
    expect(session.plan.dispatches.map((dispatch) => dispatch.kernel)).toContain(kernel);
    const actual = Object.values(await session.run(inputs))[0]!;
    const { off, at, wanted } = oracle(kernel, actual);
    const found = `[${at}] is ${actual.data[at]}, not ${wanted}, by ${kernel} ${label}`;
    expect(off <= 1 ? 'close' : found).toBe('close');
  }
}

test('conv-transpose-direct takes everything', async () => {
  await fc.assert(
    fc.asyncProperty(transposedCases(anyTransposed), (one) =>
      expectRight(one, 0, 'conv-transpose-direct'),
    ),
    { numRuns: 60 },
  );
});

/** The others are left to the sweep over all kernels: compiling takes seconds. */
const sampled = ['3x3, stride 2', '4x4, stride 2, wide', 'uneven', 'computed weights'];
sampled.push('groups of a multiple of 4 outputs', 'depthwise');

test.each(sampled.map((name) => [name, transposedKinds[name]!] as const))(
  '%s, by every kernel',
  async (_, kind) => {
    await fc.assert(
      fc.asyncProperty(transposedCases(kind), fc.nat(), (one, which) => expectRight(one, which)),
      { numRuns: 5 },
    );
  },
);
