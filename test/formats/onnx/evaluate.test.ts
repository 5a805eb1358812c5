/** Arithmetic on constants: what is evaluated while a file is read is what ONNX Runtime computes. */
import { expect, test } from 'vitest';
import { evaluate } from '../../../ir/index.ts';
import { readOnnx } from '../../../src/formats/onnx/index.ts';
import { expectClose } from '../../support/close.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs } from '../../support/random-weights.ts';
import { floatsOf, intsOf, onnxNodeOf as n, onnxOf, Type } from './make-onnx.ts';

const weights = [
  floatsOf('a', [2, 3, 4]),
  floatsOf('b', [3, 1]),
  floatsOf('v', [4], [0.5, 2, 3, 0.25]),
  intsOf('i', [5, -3, 7, 2, 0, -1], [2, 3]),
  intsOf('j', [2, -2, 3]),
  intsOf('k', [-1, 0, 1]),
  intsOf('axis0', [0]),
  intsOf('shape', [2, 3, 3]),
  intsOf('two', [2], []),
  intsOf('eleven', [11], []),
  intsOf('three', [3], []),
  intsOf('at', [1, 2, 0, -1], [2, 2]),
  intsOf('starts', [-1, 0]),
  intsOf('ends', [-100, 2 ** 62]),
  intsOf('axes', [2, -2]),
  intsOf('steps', [-2, 2]),
  intsOf('flat', [0, -1]),
  intsOf('ones', [1, 1, 3]),
  floatsOf('m', [3, 4]),
  floatsOf('n', [4, 5]),
  floatsOf('sq', [3, 3]),
  floatsOf('batch', [2, 1, 3, 4]),
  floatsOf('batch2', [3, 4, 2]),
  intsOf('axes02', [0, -1]),
  intsOf('repeats', [2, 1, 3]),
  intsOf('around', [1, -1, 0, 0, 2, -1]),
  intsOf('aroundInts', [1, 0, 0, 2]),
  floatsOf('half', [], [0.5]),
  intsOf('seven', [7], []),
  intsOf('places', [1, 2, 0, 0], [2, 2]),
  intsOf('power', [2, 0, 3, 1]),
  intsOf('none', [], [0]),
  floatsOf('row', [1, 3]),
];

type Attrs = Parameters<typeof n>[3];

const cases: [string, string[], Attrs?, number?][] = [
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op): [string, string[]][] => [
    [op, ['a', 'b']],
    [op, ['i', 'j']],
  ]),
  ['Min', ['a', 'b']],
  ['Max', ['i', 'j']],
  ['Pow', ['v', 'v']],
  ['Equal', ['i', 'j']],
  ['Equal', ['a', 'a']],
  ['Less', ['a', 'b']],
  ['Greater', ['i', 'j']],
  ...['Neg', 'Abs', 'Sqrt', 'Reciprocal', 'Exp', 'Floor', 'Ceil'].map((op): [string, string[]] => [
    op,
    ['v'],
  ]),
  ['Neg', ['i']],
  ['Transpose', ['a']],
  ['Transpose', ['a'], { perm: [1, 2, 0] }],
  ['Transpose', ['i']],
  ['Gather', ['a', 'at'], { axis: 2 }],
  ['Gather', ['i', 'two'], { axis: 1 }],
  ['Gather', ['a', 'k'], { axis: 1 }],
  ['Concat', ['a', 'a'], { axis: 1 }],
  ['Concat', ['j', 'k'], { axis: 0 }],
  ['Slice', ['a', 'starts', 'ends', 'axes', 'steps']],
  ['Slice', ['a'], { starts: [1, -3], ends: [3, -1], axes: [1, 2] }, 9],
  ['Reshape', ['a', 'flat']],
  ['Flatten', ['a'], { axis: 2 }],
  ['Squeeze', ['b']],
  ['Unsqueeze', ['b', 'axis0']],
  ['Expand', ['b', 'ones']],
  ['Range', ['two', 'eleven', 'three']],
  ['ConstantOfShape', ['shape']],
  ['ConstantOfShape', ['shape'], { value: intsOf('', [7]) }],
  ['ReduceProd', ['j']],
  ['ReduceProd', ['j'], { keepdims: 0 }],
  ['Shape', ['a'], { start: -2 }],
  ['Cast', ['v'], { to: Type.INT64 }],
  ...['Log', 'Sign', 'Relu', 'Sigmoid', 'Tanh', 'Erf'].map((op): [string, string[]] => [op, ['v']]),
  ...['Min', 'Max', 'Sum'].map((op): [string, string[]] => [op, ['a', 'b', 'v']]),
  ['Min', ['i']],
  ['Pow', ['v', 'power']],
  ['Pow', ['power', 'power']],
  ['Mod', ['i', 'j']],
  ['Mod', ['i', 'j'], { fmod: 1 }],
  ['Mod', ['a', 'v'], { fmod: 1 }],
  ['LessOrEqual', ['i', 'j']],
  ['GreaterOrEqual', ['a', 'b']],
  ['CastLike', ['i', 'v']],
  ['CastLike', ['a', 'v']],
  ...['ij,jk->ik', 'ij,jk', 'ij,jk->ki', 'ij,jk->', 'ij,jk->j'].map(
    (equation): [string, string[], Attrs] => ['Einsum', ['m', 'n'], { equation }],
  ),
  ['Einsum', ['a'], { equation: 'ijk->kj' }],
  ['Einsum', ['sq'], { equation: 'ii->i' }],
  ['Einsum', ['sq'], { equation: 'ii' }],
  ['Einsum', ['a'], { equation: 'cab' }],
  ['Einsum', ['a', 'm', 'n'], { equation: 'b i j, i j, j k -> k b' }],
  ['Einsum', ['sq', 'm', 'v'], { equation: 'oi,ij,j->o' }],
  ['MatMul', ['m', 'n']],
  ['MatMul', ['a', 'n']],
  ['MatMul', ['v', 'n']],
  ['MatMul', ['m', 'v']],
  ['MatMul', ['v', 'v']],
  ['MatMul', ['batch', 'batch2']],
  ['Gemm', ['m', 'n'], { alpha: { float: 0.5 } }],
  [
    'Gemm',
    ['n', 'm', 'row'],
    { transA: 1, transB: 1, alpha: { float: 2 }, beta: { float: 3 } },
    13,
  ],
  ...['Max', 'Min', 'Mean', 'Prod', 'L1', 'L2', 'SumSquare'].flatMap(
    (name): [string, string[], Attrs?, number?][] => [
      [`Reduce${name}`, ['a'], { axes: [0, -1] }],
      [`Reduce${name}`, ['a'], { axes: [1], keepdims: 0 }],
      [`Reduce${name}`, ['a', 'axes02'], { keepdims: 0 }, 18],
      [`Reduce${name}`, ['a']],
    ],
  ),
  ['ReduceSum', ['a'], { axes: [2] }, 11],
  ['ReduceSum', ['a', 'axes02']],
  ['ReduceSum', ['i', 'axis0'], { keepdims: 0 }],
  ['ReduceSum', ['a', 'none'], { noop_with_empty_axes: 1 }],
  ['ReduceSum', ['a', 'none']],
  ['ReduceMax', ['i'], { axes: [1] }],
  ['Tile', ['a', 'repeats']],
  ['Pad', ['a', 'around', 'half']],
  ['Pad', ['i', 'aroundInts', 'seven']],
  ['Pad', ['a'], { pads: [1, 0, 0, 0, 0, -2], value: { float: 2 } }, 10],
  ['GatherND', ['a', 'places']],
  ['GatherND', ['i', 'places']],
  ['Cast', ['a'], { to: Type.BOOL }],
];

test.each(cases)('%s of %s', async (op, inputs, attrs = {}, opset = 17) => {
  const nodes = [
    n(op, inputs, ['c'], attrs),
    n('Cast', ['c'], ['f'], { to: Type.FLOAT }),
    n('Mul', ['x', 'f'], ['y']),
  ];
  const bytes = onnxOf({ opset, inputs: { x: [1] }, nodes, weights });
  const graph = readOnnx(bytes);
  expect(graph.nodes.map((node) => node.op)).toEqual(['mul']);
  const given = randomInputs(graph);
  expectClose(evaluate(graph, given), await runOnnx(bytes, given), 1e-6);
});

test.each<[string, string[], { axis: number; split?: number[] }, number?]>([
  ['equal parts', ['a'], { axis: -1 }],
  ['listed parts', ['a', 'sizes'], { axis: 1 }],
  ['listed parts of old', ['a'], { axis: 2, split: [1, 3] }, 11],
  ['integers', ['i'], { axis: 0 }],
])('Split into %s', async (_, inputs, attrs, opset = 17) => {
  const nodes = [
    n('Split', inputs, ['p', 'q'], attrs),
    n('Concat', ['q', 'p'], ['c'], { axis: attrs.axis }),
    n('Cast', ['c'], ['f'], { to: Type.FLOAT }),
    n('Mul', ['x', 'f'], ['y']),
  ];
  const all = [...weights, intsOf('sizes', [1, 2])];
  const bytes = onnxOf({ opset, inputs: { x: [1] }, nodes, weights: all });
  const given = randomInputs(readOnnx(bytes));
  expectClose(evaluate(readOnnx(bytes), given), await runOnnx(bytes, given), 1e-6);
});

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];
const bigInts = (name: string, values: readonly bigint[]) =>
  Object.assign(intsOf(name, [], [values.length]), { int64Data: [...values] });
const rawInts = (name: string, values: readonly bigint[]) =>
  Object.assign(intsOf(name, [], [values.length]), {
    rawData: new Uint8Array(BigInt64Array.from(values).buffer),
  });

test.each([
  ['listed', bigInts],
  ['raw', rawInts],
])('slices to the ends of the integers, %s', async (_, made) => {
  const nodes = [
    n('Constant', [], ['starts'], { value: made('', [1n, MOST]) }),
    n('Slice', ['a', 'starts', 'ends', 'axes', 'steps'], ['c']),
    n('Mul', ['x', 'c'], ['y']),
  ];
  const ends = made('ends', [MOST, LEAST]);
  const all = [weights[0]!, ends, intsOf('axes', [1, 2]), intsOf('steps', [1, -1])];
  const bytes = onnxOf({ inputs: { x: [1] }, nodes, weights: all });
  const given = randomInputs(readOnnx(bytes));
  const y = evaluate(readOnnx(bytes), given);
  expect(y['y']!.shape).toEqual([2, 2, 4]);
  expectClose(y, await runOnnx(bytes, given), 1e-6);
});

test('slices to the ends of the integers, as attributes', async () => {
  const node = n('Slice', ['a'], ['c'], { starts: [1], ends: [0], axes: [1] });
  const ends = node.attribute.find(({ name }) => name === 'ends')!;
  ends.ints = [MOST];
  const nodes = [node, n('Mul', ['x', 'c'], ['y'])];
  const bytes = onnxOf({ opset: 9, inputs: { x: [1] }, nodes, weights: weights.slice(0, 1) });
  const given = randomInputs(readOnnx(bytes));
  expectClose(evaluate(readOnnx(bytes), given), await runOnnx(bytes, given), 1e-6);
});

test('conditions', async () => {
  const nodes = [
    n('Greater', ['i', 'j'], ['g']),
    n('LessOrEqual', ['i', 'k'], ['l']),
    n('And', ['g', 'l'], ['and']),
    n('Or', ['g', 'l'], ['or']),
    n('Xor', ['g', 'l'], ['xor']),
    ...['and', 'or', 'xor'].map((name) => n('Cast', [name], [`${name}F`], { to: Type.FLOAT })),
    n('Concat', ['andF', 'orF', 'xorF'], ['f'], { axis: 0 }),
    n('Mul', ['x', 'f'], ['y']),
  ];
  const bytes = onnxOf({ inputs: { x: [1] }, nodes, weights });
  const given = randomInputs(readOnnx(bytes));
  expectClose(evaluate(readOnnx(bytes), given), await runOnnx(bytes, given), 1e-6);
});

test('selections', async () => {
  const nodes = [
    n('Greater', ['i', 'j'], ['g']),
    n('Not', ['g'], ['h']),
    n('Where', ['h', 'i', 'j'], ['w']),
    n('ScatterND', ['w', 'at', 'two2'], ['s']),
    n('Cast', ['s'], ['f'], { to: Type.FLOAT }),
    n('Mul', ['x', 'f'], ['y']),
  ];
  const all = [...weights.filter(({ name }) => name !== 'at'), intsOf('two2', [40, 50])];
  all.push(intsOf('at', [1, 2, 0, -1], [2, 2]));
  const bytes = onnxOf({ inputs: { x: [1] }, nodes, weights: all });
  const given = randomInputs(readOnnx(bytes));
  expectClose(evaluate(readOnnx(bytes), given), await runOnnx(bytes, given), 1e-6);
});
