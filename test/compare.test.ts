import { expect, test } from 'vitest';
import { parse, tensor, type Graph } from '../ir/index.ts';
import { compare } from '../src/compare.ts';
import { openDevice, openSession } from '../src/runtime/index.ts';

/** Logits that are the input times a factor, column by column. */
const scaled = (factors: readonly number[], output = 'logits'): Graph =>
  parse(
    `graph scaled(%x: f32[N,2]) {
      const %f : f32[1,2]
      %y = mul %x, %f
      return ${output}=%y
    }`,
    () => tensor([1, 2], factors),
  );

const x = tensor([3, 2], [1, 4, 4, 1, 2, 3]);

test('graphs are compared by error and by answer', async () => {
  const logits = {
    maxAbsError: 4,
    outputScale: 4,
    relativeError: 1,
    rows: 3,
    differentAnswers: 1,
  };
  // Second column doubled: rows [1,8], [4,2], [2,6]; then halved: [1,2], [4,0.5], [2,1.5].
  expect(await compare(scaled([1, 1]), scaled([1, 2]), { x })).toEqual({
    ...logits,
    differentAnswers: 0,
    outputs: { logits: { ...logits, differentAnswers: 0 } },
  });
  expect(await compare(scaled([1, 1]), scaled([1, 0.5]), { x })).toMatchObject({
    maxAbsError: 2,
    relativeError: 0.5,
    differentAnswers: 1,
  });
});

test('sessions stay open, and NaN counts as different from all but itself', async () => {
  using device = await openDevice();
  const options = { dims: { N: 3 }, device };
  using one = await openSession(scaled([1, 1]), options);
  using infinite = await openSession(scaled([1, Infinity]), options);
  const values = { x: Float32Array.from(x.data) };
  expect((await compare(one, one, values)).maxAbsError).toBe(0);
  expect((await compare(one, infinite, values)).maxAbsError).toBe(Infinity);
  await compare(one, scaled([1, 1]), { x }, { device });
  await one.run(values);
});

test('outputs that do not correspond are refused', async () => {
  await expect(compare(scaled([1, 1]), scaled([1, 1], 'scores'), { x })).rejects.toMatchObject({
    code: 'shape',
    message: 'the outputs are logits and scores',
  });
});
