/** A sample of what `npm run test:kernels` runs: candidates over generated graphs against the evaluator. */
import { expect, test } from 'vitest';
import { openDevice } from '../../src/runtime/index.ts';
import { sweep } from '../kernels/sweep.ts';

const seed = 1;

test(`every kernel in three families of graphs by a candidate each, seed ${seed}`, async () => {
  using device = await openDevice();
  const options = { seed, cases: 3, familiesOfKernel: 3 };
  const { record, counterexample } = await sweep(device, options);
  expect(counterexample).toBeNull();
  expect(record.unmetKernels()).toEqual([]);
  // What is not run, with the reason, and whether it is so for other adapters, too.
  for (const { kernel, reason } of record.refused())
    console.log(`${kernel} was not run: ${reason}`);
});
