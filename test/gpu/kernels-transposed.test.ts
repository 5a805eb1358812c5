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

/** With the kernel, or with each that takes the case in turn. */
async function expectRight(one: TransposedCase, only?: string): Promise<void> {
  const graph = buildTransposed(one);
  const inputs = randomInputs(graph);
  const oracle = makeOracle(graph, inputs);
  for (const { kernel, labels } of offersOf(graph, device.profile)) {
    if (only !== undefined && kernel !== only) continue;
    for (const label of labels) {
      using session = await openSession(graph, {
        device,
        lowering: { kernel: `${kernel} ${label}`.trim() },
      });
      expect(session.plan.dispatches.map((dispatch) => dispatch.kernel)).toContain(kernel);
      const actual = Object.values(await session.run(inputs))[0]!;
      const { off, at, wanted } = oracle(kernel, actual);
      const found = `[${at}] is ${actual.data[at]}, not ${wanted}, by ${kernel} ${label}`;
      expect(off <= 1 ? 'close' : found).toBe('close');
    }
  }
}

test('conv-transpose-direct takes everything', async () => {
  await fc.assert(
    fc.asyncProperty(transposedCases(anyTransposed), (one) =>
      expectRight(one, 'conv-transpose-direct'),
    ),
    { numRuns: 60 },
  );
});

test.each(Object.entries(transposedKinds))('%s, by every kernel', async (_, kind) => {
  await fc.assert(
    fc.asyncProperty(transposedCases(kind), (one) => expectRight(one)),
    { numRuns: 8 },
  );
});
