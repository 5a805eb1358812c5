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
];

const cases: [string, string[], Parameters<typeof n>[3]?, number?][] = [
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
