import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimsOf, evaluate, expectFixed, parse, printGraph, specialise } from '../../ir/index.ts';
import { substituteDim, symbolsOf, tensor, verify } from '../../ir/index.ts';
import { arbitraryGraph, oddSymbols, symbols } from '../support/arbitrary-graph.ts';
import { expectClose } from '../support/close.ts';
import { errorOf } from '../support/errors.ts';
import { trySpecialise } from '../support/try-specialise.ts';
import { randomInputs, randomWeights } from '../support/random-weights.ts';

const sizes = fc.tuple(...[3, 12, 12].map((max) => fc.integer({ min: 1, max })));

describe.each([
  ['plain', symbols, false],
  ['odd', oddSymbols, true],
] as const)('sizes with %s names', (_, names, oddNames) => {
  test('inferred symbolically, then fixed, are those inferred of the fixed ones', () => {
    let count = 0;
    fc.assert(
      fc.property(arbitraryGraph({ symbolic: true, oddNames }), sizes, (graph, values) => {
        const dims = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        const fixed = trySpecialise(graph, dims);
        if (!fixed) return;
        count++;
        verify(fixed);
        expect(symbolsOf(fixed)).toEqual([]);
        fixed.nodes.forEach((node, i) => {
          const { shape } = graph.nodes[i]!.outputs[0];
          expect(node.outputs[0].shape).toEqual(shape.map((d) => substituteDim(d, dims)));
        });
        const inputs = randomInputs(graph, dims);
        expectClose(evaluate(graph, inputs), evaluate(fixed, inputs), 0);
      }),
      { numRuns: 300 },
    );
    expect(count).toBeGreaterThan(150);
  });

  test('may be fixed one after another', () => {
    fc.assert(
      fc.property(arbitraryGraph({ symbolic: true, oddNames }), sizes, (graph, values) => {
        const one = names.map((name, i) => Object.fromEntries([[name, values[i]!]]));
        const fixed = trySpecialise(graph, Object.assign(Object.create(null), ...one));
        if (!fixed) return;
        const stepwise = one.reduce((g, dims) => specialise(g, dims), graph);
        expect(printGraph(stepwise)).toBe(printGraph(fixed));
      }),
    );
  });
});

const graph = parse(
  `graph g(%x: f32[N,2,H,W], %y: f32[N,2]) {
    const %w : f32[2,2,3,3]
    %c = conv2d %x, %w {strides=[2,2]}
    %r = reshape %c {shape=["N",-1,"floor((H-1)/2)"]}
    return %r, %y
  }`,
  randomWeights(),
);

test('symbols in a new shape are fixed, too, also within a computed size', () => {
  const fixed = specialise(graph, { H: 9 });
  expect(printGraph(fixed)).toContain(
    '%r = reshape %c {shape=["N",-1,4]} : f32[N,2*floor((W-1)/2),4]',
  );
  expect(symbolsOf(fixed)).toEqual(['N', 'W']);
});

test('constants are shared, and nothing to fix is no work', () => {
  expect(specialise(graph, { H: 9 }).consts).toBe(graph.consts);
  expect(specialise(graph, {})).toBe(graph);
});

test.each([
  [{ K: 1 }, 'dimension of K: the graph has no dimension K; it has N, H, W'],
  [
    { constructor: 1 },
    'dimension of constructor: the graph has no dimension constructor; it has N, H, W',
  ],
  [{ N: 0 }, 'dimension of N: the dimension N cannot be 0'],
  [{ N: 1.5 }, 'dimension of N: the dimension N cannot be 1.5'],
  [{ N: NaN }, 'dimension of N: the dimension N cannot be NaN'],
  [
    { N: 1, H: 2, W: 9 },
    'shape of c: conv2d "c": a kernel of 3x3, dilations=[1,1], pads=[0,0,0,0] does not fit into the input [1,2,2,9]',
  ],
])('refuses %o', (dims, message) => {
  expect(errorOf(() => specialise(graph, dims as Record<string, number>))).toBe(message);
});

test('a graph without open sizes says so', () => {
  const fixed = specialise(graph, { N: 1, H: 9, W: 9 });
  expect(errorOf(() => specialise(fixed, { N: 2 }))).toBe(
    'dimension of N: the graph has no dimension N; all its sizes are fixed',
  );
  expect(expectFixed(fixed)).toBe(fixed);
  expect(errorOf(() => expectFixed(specialise(graph, { H: 9 })))).toBe(
    'dimension of N: the sizes N, W of the inputs (x [N,2,9,W], y [N,2]) are not fixed; give session() { N: 1, W: 1 }, or openSession() and compare() the option { dims: { N: 1, W: 1 } }',
  );
});

describe('sizes read off the inputs', () => {
  const zeros = (...shape: number[]) =>
    tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)));

  test('are those of the symbols', () => {
    expect({ ...dimsOf(graph, { x: zeros(3, 2, 5, 7), y: zeros(3, 2) }) }).toEqual({
      N: 3,
      H: 5,
      W: 7,
    });
  });

  test.each([
    [{ x: zeros(3, 2, 5, 7) }, 'input of y: the input "y" is missing'],
    [
      { x: zeros(3, 1, 5, 7), y: zeros(3, 2) },
      'input of x: the input "x" is [3,1,5,7], not [N,2,H,W], that is [3,2,5,7]',
    ],
    [
      { x: zeros(3, 2, 5, 7), y: zeros(4, 2) },
      'input of y: the input "y" is [4,2], not [N,2], that is [3,2]',
    ],
    [{ x: zeros(3, 2, 5), y: zeros(3, 2) }, 'input of x: the input "x" is [3,2,5], not [N,2,H,W]'],
  ])('refuses the wrong inputs %#', (inputs, message) => {
    expect(errorOf(() => evaluate(graph, inputs))).toBe(message);
  });

  test('inputs are Tensors, and no others than those of the graph', () => {
    const one = parse('graph g(%x: f32[1]) {\nreturn %x\n}');
    const refusal = (inputs: unknown) =>
      errorOf(() => evaluate(one, inputs as Parameters<typeof evaluate>[1]));
    expect(refusal({ x: Float32Array.of(1) })).toBe(
      'input of x: the input "x" is no Tensor; make it with tensor(shape, data)',
    );
    expect(refusal({ x: tensor([1], [1]), z: tensor([1], [1]) })).toBe(
      'input of z: there is no input "z"; the graph has "x" [1]',
    );
    expect(refusal(undefined)).toBe('input of x: the input "x" is missing');
  });

  test('an inherited property is no input', () => {
    const one = parse('graph g(%constructor: f32[1]) {\nreturn %constructor\n}');
    expect(errorOf(() => evaluate(one, {}))).toContain('the input "constructor" is missing');
  });
});
