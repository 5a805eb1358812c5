/** What the check tells, and what it refuses. */
import { expect, test } from 'vitest';
import { constantsOf, GraphBuilder, materialise, Tensor, type Graph } from '../../ir/index.ts';
import { narrowToHalf, widenHalf } from '../../src/formats/half.ts';
import { checkEquivalence, compile, evaluate, ReparamError, zoo } from '../../src/index.ts';
import { graphOf } from '../support/rewrite.ts';

const relu = (input: string, name = 'y') =>
  graphOf(`graph g(${input}) {\n%a = relu %x\n%b = silu %a\nreturn ${name}=%b\n}`);

test.each([
  ['another input', '%x: f32[2], %z: f32[3]', 'y', /^the inputs do not correspond: "x" in the one/],
  [
    'another output',
    '%x: f32[2]',
    'z',
    /^the outputs do not correspond: "y" in the one graph, "z"/,
  ],
  ['another shape', '%x: f32[3]', 'y', /^the input "x" is f32\[2\] in the one graph, f32\[3\]/],
  ['another dtype', '%x: f64[2]', 'y', /^the input "x" is f32\[2\] in the one graph, f64\[2\]/],
])('%s is an error', async (_, input, name, message) => {
  const error = await checkEquivalence(relu('%x: f32[2]'), relu(input, name)).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ReparamError);
  expect((error as ReparamError).message).toMatch(message);
});

test('what is no graph is refused', async () => {
  const graph = relu('%x: f32[2]');
  await expect(checkEquivalence(graph, { graph } as never)).rejects.toThrow('as .graph');
});

test('nothing was rewritten', async () => {
  const graph = relu('%x: f32[2]');
  expect(await checkEquivalence(graph, graph)).toEqual({
    ok: true,
    maxAbsError: 0,
    tolerance: 0,
    outputScale: 0,
    method: 'nothing was rewritten',
    worst: null,
  });
});

/** Two convolutions of one image, [1,c,size,size], and what they become. */
function wide(channels: number, size: number): Graph {
  const b = new GraphBuilder('g');
  const x = b.input('x', [1, channels, size, size]);
  const parts = ['v', 'w'].map((name, i) => {
    const data = Float32Array.from({ length: channels ** 2 * 9 }, (_, k) => Math.sin(k + i));
    const weight = b.constant(name, new Tensor([channels, channels, 3, 3], data));
    return b.node('conv2d', `conv.${name}`, [x, weight], { pads: [1, 1, 1, 1] });
  });
  return b.finish([{ name: 'y', value: b.node('sum', 'sum', parts) }]);
}

test('a large graph is compared by region', async () => {
  const source = wide(128, 112);
  const { ok, method, worst } = await checkEquivalence(source, compile(source).graph);
  expect({ ok, method, at: worst!.value }).toEqual({
    ok: true,
    method: '1 rewritten region',
    at: 'sum',
  });
});

test('progress grows to 1, and others have their turn', async () => {
  const source = zoo['repvgg-article']();
  const told: number[] = [];
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const onProgress = (done: number) => told.push(done);
  await checkEquivalence(source, compile(source).graph, { onProgress });
  clearInterval(timer);
  expect(told.at(-1)).toBe(1);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(turns).toBeGreaterThan(0);
});

test('the same seed gives the same figures, another one others', async () => {
  const source = wide(2, 5);
  const { graph } = compile(source);
  const first = await checkEquivalence(source, graph, { seed: 1 });
  expect(await checkEquivalence(source, graph, { seed: 1 })).toEqual(first);
  expect(await checkEquivalence(source, graph, { seed: 2 })).not.toEqual(first);
});

test.each([NaN, Infinity])('a weight that is %d', async (value) => {
  const source = wide(2, 5);
  const { graph } = compile(source);
  const broken = (of: Graph, id: string): Graph => {
    const { shape, data } = of.consts[id] as Tensor;
    const copy = Float32Array.from(data);
    copy[4] = value;
    return { ...of, consts: { ...of.consts, [id]: new Tensor(shape, copy) } };
  };
  const kernel = graph.nodes[0]!.inputs[1]!;
  const found = await checkEquivalence(source, broken(graph, kernel));
  expect(found).toMatchObject({ ok: false, maxAbsError: Infinity });
  const both = broken(source, 'v');
  expect(
    evaluate(both, { x: new Tensor([1, 2, 5, 5], new Float32Array(50).fill(1)) })['y']!.data[12],
  ).toEqual(value);
  expect(await checkEquivalence(both, compile(both).graph)).toMatchObject({ ok: true });
});

test('names that mean something else: only with sameNames: false', async () => {
  const text = (first: string, second: string) =>
    graphOf(`graph g(%x: f32[1,2,5,5]) {
      const %v : f32[2,2,1,1]
      %${first} = conv2d %x, %v
      %${second} = mul %${first}, %${first}
      %c = sigmoid %${second}
      return y=%c
    }`);
  const [a, b] = [text('a', 'b'), text('b', 'a')];
  expect((await checkEquivalence(a, b, { sameNames: false })).ok).toBe(true);
});

test('weights that others combined in float32 take more roundings', async () => {
  const source = zoo['repvgg-article']();
  const { graph } = compile(source);
  // Three units off, in a random direction.
  const rough = Object.fromEntries(
    Object.entries(graph.consts).map(([id, constant]) => {
      const { shape, data } = constant as Tensor;
      const moved = data.map((w, i) =>
        Math.fround(w * (1 + (((i * 7919) % 3) - 1) * 3 * 2 ** -24)),
      );
      return [id, new Tensor(shape, moved as Float32Array)];
    }),
  );
  const other = { ...graph, consts: rough };
  expect((await checkEquivalence(source, other)).ok).toBe(false);
  expect((await checkEquivalence(source, other, { roundings: 8 })).ok).toBe(true);
});

test('weights that are kept in 16 bits may be off by as much as that rounds', async () => {
  const source = wide(8, 12);
  const { graph } = compile(source);
  const halves = (scale: number): Graph => {
    const rounded = Object.entries(graph.consts).map(([id, constant]) => {
      const { shape, data } = materialise(constant);
      const kept = widenHalf(narrowToHalf(data.map((value) => value * scale)));
      return [
        id,
        new Tensor(
          shape,
          kept.map((value) => value / scale),
        ),
      ] as const;
    });
    return { ...graph, consts: constantsOf(rounded) };
  };
  const precision = { unit: 2 ** -11, smallest: 2 ** -14 };
  expect((await checkEquivalence(source, halves(1))).ok).toBe(false);
  expect((await checkEquivalence(source, halves(1), { precision })).ok).toBe(true);
  // Subnormal halves have fewer digits.
  expect((await checkEquivalence(source, halves(2 ** -18), { precision })).ok).toBe(false);
  const small = { unit: 2 ** -11, smallest: 2 ** 4 };
  expect((await checkEquivalence(source, halves(2 ** -18), { precision: small })).ok).toBe(true);
});
