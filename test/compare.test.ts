import { expect, test } from 'vitest';
import { parse, tensor, type Graph } from '../ir/index.ts';
import { compare } from '../src/compare.ts';
import { compile } from '../src/compile.ts';
import { openDevice, openSession, type Inputs } from '../src/runtime/index.ts';

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
    outputs: {
      logits: {
        ...logits,
        differentAnswers: 0,
        expected: x,
        actual: tensor([3, 2], [1, 8, 4, 2, 2, 6]),
      },
    },
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

test('what compile returns is compared as its graph', async () => {
  const source = scaled([1, 3]);
  expect(await compare(source, compile(source), { x })).toMatchObject({ maxAbsError: 0 });
  for (const none of [{}, undefined]) {
    await expect(compare(source, none as Graph, { x })).rejects.toThrow('compare takes a graph');
  }
});

test('open sizes are read off arrays where they can be told', async () => {
  const same = (source: Graph, inputs: Inputs, dims?: Record<string, number>) =>
    compare(source, source, inputs, dims ? { dims } : {});
  const array = Float32Array.from(x.data);
  expect(await same(scaled([1, 1]), { x: array })).toMatchObject({ rows: 3, maxAbsError: 0 });
  const image = parse('graph g(%x: f32[N,C,2], %y: f32[N]) {\n%z = identity %x\nreturn %z, %y\n}');
  const y = tensor([3], [1, 2, 3]);
  expect(await same(image, { x: array, y })).toMatchObject({ maxAbsError: 0 });
  expect(await same(image, { x: array, y: y.data as Float32Array }, { C: 1 })).toBeDefined();
  await expect(same(image, { x: array.subarray(1), y })).rejects.toMatchObject({
    code: 'input',
    message: 'the input "x" has 5 elements, which do not fill [3,C,2]',
  });
  const open = parse('graph g(%x: f32[N,C]) {\nreturn %x\n}');
  await expect(same(open, { x: array })).rejects.toThrow(
    'are not fixed; give session() { N: 1, C: 1 }, or openSession() and compare() the option { dims: { N: 1, C: 1 } }',
  );
  await expect(same(open, undefined as never)).rejects.toMatchObject({
    code: 'input',
    message: 'the input "x" is missing; it takes "x" [N,C]',
  });
});

test('outputs that do not correspond are refused', async () => {
  await expect(compare(scaled([1, 1]), scaled([1, 1], 'scores'), { x })).rejects.toMatchObject({
    code: 'shape',
    message: 'the outputs are logits and scores',
  });
});
