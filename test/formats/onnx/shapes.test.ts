/** Shapes that are computed in the file, of sizes some of which are open. */
import { expect, test } from 'vitest';
import { evaluate } from '../../../ir/index.ts';
import { readOnnx } from '../../../src/formats/onnx/index.ts';
import { expectClose } from '../../support/close.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs } from '../../support/random-weights.ts';
import { intsOf, onnxNodeOf as n, onnxOf, Type } from './make-onnx.ts';

const weights = [
  intsOf('zero', [0], []),
  intsOf('one', [1], []),
  intsOf('two', [2], []),
  intsOf('four', [4], []),
  intsOf('first', [0]),
  intsOf('rest', [1]),
  intsOf('end', [2 ** 62]),
  intsOf('minus', [-1]),
  intsOf('single', [1]),
];

const size = (index: string, output: string) => [
  n('Shape', ['x'], [`${output}Shape`]),
  n('Gather', [`${output}Shape`, index], [`${output}Size`]),
  n('Unsqueeze', [`${output}Size`, 'first'], [output]),
];

const reshape = (...parts: string[]) => [
  n('Concat', parts, ['shape'], { axis: 0 }),
  n('Reshape', ['x', 'shape'], ['r']),
  n('Relu', ['r'], ['y']),
];

test.each<[string, ReturnType<typeof n>[], unknown[]]>([
  ['view(n, -1)', [...size('zero', 'n'), ...reshape('n', 'minus')], ['N', '8*H*W']],
  [
    'flatten of the sizes behind the first',
    [
      n('Shape', ['x'], ['s']),
      n('Slice', ['s', 'rest', 'end'], ['behind']),
      n('ReduceProd', ['behind'], ['columns'], { keepdims: 1 }),
      ...reshape('minus', 'columns'),
    ],
    ['N', '8*H*W'],
  ],
  [
    'channels split by division, sizes cast and back',
    [
      ...['zero', 'two'].flatMap((index) => size(index, index === 'zero' ? 'n' : 'h')),
      ...size('one', 'c'),
      n('Div', ['cSize', 'two'], ['halfSize']),
      n('Unsqueeze', ['halfSize', 'first'], ['half']),
      n('Cast', ['h'], ['hCast'], { to: Type.INT32 }),
      n('Cast', ['hCast'], ['hToo'], { to: Type.INT64 }),
      n('Unsqueeze', ['two', 'first'], ['groups']),
      ...reshape('n', 'groups', 'half', 'hToo', 'minus'),
    ],
    ['N', 2, 4, 'H', 'W'],
  ],
  [
    'a product of open sizes, and a quotient',
    [
      ...size('two', 'h'),
      ...size('one', 'c'),
      ...size('zero', 'n'),
      n('Shape', ['x'], ['s'], { start: 3 }),
      n('Mul', ['h', 's'], ['pixels']),
      n('Mul', ['pixels', 'c'], ['all']),
      n('Div', ['all', 'h'], ['lines']),
      n('Sub', ['h', 'h'], ['none']),
      n('Add', ['lines', 'none'], ['same']),
      ...reshape('n', 'h', 'same'),
    ],
    ['N', 'H', '8*W'],
  ],
  [
    'chosen where a size is given, as expand and view are exported',
    [
      ...size('zero', 'n'),
      n('Shape', ['x'], ['s'], { start: 1 }),
      n('ConstantOfShape', ['single'], ['ones'], { value: intsOf('', [1]) }),
      n('Mul', ['ones', 'minus'], ['missing']),
      n('Equal', ['n', 'missing'], ['isMissing']),
      n('Where', ['isMissing', 'ones', 'n'], ['batch']),
      n('Expand', ['batch', 'single'], ['expanded']),
      ...reshape('expanded', 's'),
    ],
    ['N', 8, 'H', 'W'],
  ],
])('%s', async (_, nodes, shape) => {
  const bytes = onnxOf({ inputs: { x: ['N', 8, 'H', 'W'] }, nodes, weights });
  const graph = readOnnx(bytes);
  expect(graph.nodes.at(-1)!.outputs[0].shape).toEqual(shape);
  const given = randomInputs(graph, { N: 2, H: 3, W: 5 });
  expectClose(evaluate(graph, given), await runOnnx(bytes, given), 1e-6);
});

test('what cannot be written of open sizes needs them as numbers', async () => {
  const nodes = [
    n('Shape', ['x'], ['s'], { start: 2 }),
    n('ReduceSum', ['s'], ['total'], { keepdims: 1 }),
    n('ConstantOfShape', ['total'], ['zeros']),
    n('ReduceSum', ['zeros'], ['zero0'], { keepdims: 0 }),
    n('Add', ['x', 'zero0'], ['y']),
  ];
  const bytes = onnxOf({ inputs: { x: [1, 1, 'H', 'W'] }, nodes, weights });
  expect(() => readOnnx(bytes)).toThrow('the sum of the symbolic sizes H and W cannot');
  const fixed = readOnnx(bytes, { shapes: { x: [1, 1, 3, 5] } });
  const given = randomInputs(fixed);
  expectClose(evaluate(fixed, given), await runOnnx(bytes, given), 1e-6);
});
