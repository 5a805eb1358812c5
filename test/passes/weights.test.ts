import { expect, test } from 'vitest';
import { at, Lazy, materialise, Tensor, tensor, toFloat64, view } from '../../ir/index.ts';
import type { Constant } from '../../ir/index.ts';
import { addAll, diagonal, elementOr0, pipeline, regroup, runPasses } from '../../passes/index.ts';
import { scaleOutputs, scaleRows, spread, vector } from '../../passes/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import { expectSameMeaning, graphOf, run } from '../support/rewrite.ts';

const values = (constant: Constant): number[] => [...toFloat64(constant)];
const counting = (shape: readonly number[]): Tensor =>
  tensor(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
  );

test('regroup puts each group on the diagonal of its larger group', () => {
  expect(values(regroup(counting([4, 1, 1, 1]), 4, 1))).toEqual(
    [[1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4]].flat(),
  );
  expect(values(regroup(counting([4, 1, 1, 2]), 4, 2))).toEqual([
    1, 2, 0, 0, 0, 0, 3, 4, 5, 6, 0, 0, 0, 0, 7, 8,
  ]);
});

test('spread puts each tap in its place', () => {
  const w = counting([1, 2, 2, 1]);
  expect(values(spread(w, [3, 2], [0, 2], [1]))).toEqual([0, 1, 0, 0, 0, 2, 0, 3, 0, 0, 0, 4]);
});

test('diagonal has an entry in every row', () => {
  expect(values(diagonal(4, 2, (i) => i + 1, 'f32'))).toEqual([1, 0, 0, 2, 3, 0, 0, 4]);
});

test('an absent vector is zero', () => {
  expect(elementOr0(null, 1)).toBe(0);
  expect(elementOr0({ constant: counting([2]) }, 1)).toBe(2);
});

test('expressions of expressions of one shape do not share their scratch space', () => {
  const [a, b] = [counting([2, 2]), counting([2, 2])];
  const double = addAll([a, b]);
  const scaled = scaleRows(double, (o) => o + 1);
  const all = addAll([scaled, double, a, scaled]);
  expect(values(double)).toEqual([2, 4, 6, 8]);
  expect(values(all)).toEqual([7, 14, 33, 44]);
  expect(values(all)).toEqual([7, 14, 33, 44]);
  const wide = spread(regroup(addAll([counting([2, 1, 1, 1])]), 2, 1), [1, 2], [0], [1]);
  expect(values(addAll([wide, wide]))).toEqual([0, 2, 0, 0, 0, 0, 0, 4]);
});

test('every expression has the dtype of what it is made of', () => {
  const w = new Tensor([2, 1, 1, 1], Float64Array.of(0.1, 0.2));
  const made = [
    scaleRows(w, () => 1),
    addAll([w, w]),
    regroup(w, 2, 1),
    spread(w, [1, 1], [0], [0]),
    vector(2, () => 0.1, 'f64'),
    diagonal(2, 1, () => 0.1, 'f64'),
  ];
  for (const constant of made) {
    expect(constant.dtype).toBe('f64');
    expect(materialise(constant).data).toBeInstanceOf(Float64Array);
  }
  expect(
    at(
      vector(2, () => 0.1, 'f64'),
      1,
    ),
  ).toBe(0.1);
});

test('doubling forty times reads a weight forty times, not 2^40', () => {
  let reads = 0;
  let w: Constant = new Lazy([1], (_, out) => {
    reads++;
    out[0] = 1;
  });
  for (let i = 0; i < 40; i++) w = addAll([w, w]);
  expect(values(w)).toEqual([2 ** 40]);
  expect(reads).toBe(1);
});

test('expressions may stand in one another as deep as they like', () => {
  let [scaled, summed]: [Constant, Constant] = [counting([2, 1]), counting([2, 1])];
  let transposed: Constant = counting([1, 2, 1, 1]);
  for (let i = 0; i < 20_000; i++) {
    const scale = (o: number) => (i % 2 === 0 ? o + 2 : 1 / (o + 2));
    scaled = scaleRows(scaled, scale);
    transposed = scaleOutputs(transposed, 1, scale);
    summed = addAll([summed, counting([2, 1])]);
  }
  const [one, two] = values(scaled);
  expect(one).toBeCloseTo(1, 9);
  expect(two).toBeCloseTo(2, 9);
  values(transposed).forEach((value, i) =>
    expect(value).toBeCloseTo(values(counting([1, 2, 1, 1]))[i]!, 9),
  );
  expect(values(summed)).toEqual([20_001, 40_002]);
  expect([...materialise(summed).data]).toEqual([20_001, 40_002]);
});

const block = `graph g(%x: f32[1,2,5,5]) {
  const %w3 : f32[2,2,3,3]
  const %w1 : f32[2,2,1,1]
  const %b1 : f32[2]
  const %gamma : f32[2]
  const %beta : f32[2]
  const %mean : f32[2]
  const %var : f32[2]
  %c3 = conv2d %x, %w3 {pads=[1,1,1,1]}
  %n = batchNorm %c3, %gamma, %beta, %mean, %var {epsilon=0.1}
  %c1 = conv2d %x, %w1, %b1
  %y = sum %n, %c1, %x
  return %y
}`;

test('weights are computed in float64 and rounded once', () => {
  const { before, graph } = run(pipeline, block);
  const [w3, w1, b1, gamma, beta, mean, variance] = Object.values(before.consts).map(toFloat64);
  const s = [0, 1].map((o) => gamma![o]! / Math.sqrt(variance![o]! + 0.1));
  const kernel = [...w3!].map((w, i) => {
    const [o, c, tap] = [Math.floor(i / 18), Math.floor(i / 9) % 2, i % 9];
    const centre = tap === 4 ? w1![o * 2 + c]! + (o === c ? 1 : 0) : 0;
    return Math.fround(s[o]! * w + centre);
  });
  const bias = s.map((so, o) => Math.fround(so * (0 - mean![o]!) + beta![o]! + b1![o]!));
  expect(graph.nodes).toHaveLength(1);
  const [weight, shift] = graph.nodes[0]!.inputs.slice(1).map((id) => view(graph).constant(id!)!);
  expect(weight).toBeInstanceOf(Tensor);
  expect(values(weight!)).toEqual(kernel);
  expect(values(shift!)).toEqual(bias);
});

test('a weight that two convolutions share is scaled for one and left for the other', () => {
  const graph = graphOf(`graph g(%x: f32[1,2,3,3]) {
    const %w : f32[2,2,1,1]
    const %s : f32[2,1,1]
    %c = conv2d %x, %w
    %d = mul %c, %s
    %e = relu %x
    %y = conv2d %e, %w
    return %d, %y
  }`);
  const kept = [...graph.consts.w!.shape, ...values(graph.consts.w!)];
  const result = runPasses(graph, pipeline);
  expectSameMeaning(graph, result.graph, 1e-6);
  expect([...graph.consts.w!.shape, ...values(graph.consts.w!)]).toEqual(kept);
  expect(result.graph.consts.w).toBe(graph.consts.w);
});

test('one tensor under two names is one constant', () => {
  const graph = graphOf(`graph g(%x: f32[1,2,3,3]) {
    const %v : f32[2,2,1,1]
    const %w : f32[2,2,1,1]
    %c = conv2d %x, %v
    %d = conv2d %x, %w
    %y = concat %c, %d {axis=1}
    return %y
  }`);
  const data = randomTensor('both', [2, 2, 1, 1]);
  const shared = { ...graph, consts: { v: data, w: data } };
  const result = runPasses(shared, pipeline);
  expect(Object.keys(result.graph.consts)).toEqual(['v']);
  expect(result.graph.nodes.map(({ inputs }) => inputs)).toEqual([
    ['x', 'v', null, null],
    ['c', 'c'],
  ]);
  expectSameMeaning(shared, result.graph);
});

test('branches that are parts of branches take no longer for being shared', () => {
  // s(n) = s(n-1) + s(n-2): read as a tree, the weights would have 2^40 leaves.
  const lines = Array.from({ length: 60 }, (_, i) => `%s${i + 2} = sum %s${i + 1}, %s${i}`);
  const before = graphOf(`graph g(%x: f32[1,2,2,2]) {
    const %v : f32[2,2,1,1]
    const %w : f32[2,2,1,1]
    const %b : f32[2]
    %s0 = conv2d %x, %v, %b
    %s1 = conv2d %x, %w
    ${lines.join('\n')}
    return %s61
  }`);
  const { graph } = runPasses(before, pipeline);
  expect(graph.nodes).toHaveLength(1);
  expectSameMeaning(before, graph, 1e-6);
});
