import { describe, expect, test } from 'vitest';
import { inferType, operandName, type OpName } from '../../ir/index.ts';
import { opDef, opNames, type Shape } from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';

/** Infers node "layer" over f32 operands of these shapes, attributes beside the defaults. */
const infer = (op: OpName, shapes: (Shape | null)[], attrs: object = {}) =>
  inferType(
    { id: 'layer', op, attrs: { ...opDef(op).attrs, ...attrs } },
    shapes.map((shape) => shape && { dtype: 'f32', shape }),
  ).shape;

describe('errors name the layer, the operand and both shapes', () => {
  test.each<[OpName, (Shape | null)[], object, string]>([
    [
      'conv2d',
      [[1, 3, 8], [4, 3, 1, 1], null, null],
      {},
      'x must have 4 dimensions, but is [1,3,8]',
    ],
    [
      'conv2d',
      [[1, 3, 8, 8], [4, 3, 1], null, null],
      {},
      'w must have 4 dimensions, but is [4,3,1]',
    ],
    [
      'conv2d',
      [[1, 3, 8, 8], [4, 3, 'K', 1], null, null],
      {},
      'w must have a fixed shape, but is [4,3,K,1]',
    ],
    [
      'conv2d',
      [[1, 3, 8, 8], [4, 2, 1, 1], null, null],
      {},
      'x [1,3,8,8] has 3 channels, but w [4,2,1,1] with group=1 takes 2',
    ],
    [
      'conv2d',
      [[1, 'C', 8, 8], [4, 2, 1, 1], null, null],
      {},
      'x [1,C,8,8] has C channels, but w [4,2,1,1] with group=1 takes 2',
    ],
    [
      'conv2d',
      [[1, 4, 8, 8], [3, 2, 1, 1], null, null],
      { group: 2 },
      'w [3,2,1,1] has 3 outputs, not a multiple of group=2',
    ],
    [
      'conv2d',
      [[1, 3, 8, 8], [4, 3, 1, 1], [3], null],
      {},
      'b must have the shape [4], but is [3]',
    ],
    [
      'conv2d',
      [[1, 3, 8, 8], [4, 3, 1, 1], [1, 4], null],
      {},
      'b must have the shape [4], but is [1,4]',
    ],
    [
      'conv2d',
      [[1, 3, 8, 8], [4, 3, 1, 1], null, [4]],
      {},
      'padValue must have the shape [3], but is [4]',
    ],
    ['batchNorm', [[8], [8], [8], [8], [8]], {}, 'x [8] must have a batch and a channel axis'],
    ['batchNorm', [[1, 8], [8], [8], [8], [4]], {}, 'variance must have the shape [8], but is [4]'],
    ['linear', [[5], [3, 5], null], {}, 'x [5] must have 2 dimensions or more'],
    ['linear', [[2, 5], [5, 3], null], {}, 'x [2,5] must end in 3, the columns of w [5,3]'],
    ['linear', [[2, 5], [3, 5], [5]], {}, 'b must have the shape [3], but is [5]'],
    [
      'sum',
      [
        [2, 5],
        [2, 5],
        [2, 1],
      ],
      {},
      'x[2] must have the shape [2,5], but is [2,1]',
    ],
    ['add', [[2, 5], [3]], {}, 'a [2,5] and b [3] do not broadcast'],
    [
      'mul',
      [
        ['N', 5],
        [2, 5],
      ],
      {},
      'a [N,5] and b [2,5] do not broadcast',
    ],
    [
      'concat',
      [
        [1, 2, 3],
        [1, 2, 4],
      ],
      {},
      'x[1] [1,2,4] differs from x[0] [1,2,3] off axis 1',
    ],
    [
      'concat',
      [
        [1, 2, 3],
        [1, 2],
      ],
      {},
      'x[1] [1,2] differs from x[0] [1,2,3] off axis 1',
    ],
    ['globalAveragePool', [[1, 2, 3]], {}, 'x must have 4 dimensions, but is [1,2,3]'],
    ['maxPool', [[1, 2, 3]], {}, 'x must have 4 dimensions, but is [1,2,3]'],
    ['reshape', [['N', 6]], { shape: [-1, 4] }, 'x [N,6] cannot take the shape [-1,4]'],
  ])('%s of %j, %j', (op, shapes, attrs, message) => {
    expect(errorOf(() => infer(op, shapes, attrs))).toBe(
      `shape of layer: ${op} "layer": ${message}`,
    );
  });

  test('symbolic sizes that cannot be expressed are no contradiction', () => {
    const kernel = [4, 3, 2, 2];
    expect(errorOf(() => infer('conv2d', [[1, 3, '3*H', 8], kernel, null, null], {}))).toBe(
      'unsupported of layer: conv2d "layer": the size 3*H is not known well enough; give it as a number',
    );
    const sizes = [1, 'C'];
    expect(errorOf(() => infer('concat', [sizes, sizes], {}))).toBe(
      'unsupported of layer: concat "layer": the sum of the symbolic sizes C and C cannot be expressed',
    );
  });
});

describe('shapes', () => {
  test.each<[OpName, (Shape | null)[], object, Shape]>([
    [
      'conv2d',
      [['N', 3, 'H', 'W'], [4, 3, 3, 3], null, null],
      { pads: [1, 1, 1, 1] },
      ['N', 4, 'H', 'W'],
    ],
    [
      'conv2d',
      [['N', 3, 'H', 'W'], [4, 3, 3, 3], null, null],
      { pads: [1, 1, 1, 1], strides: [2, 2] },
      ['N', 4, 'floor((H+1)/2)', 'floor((W+1)/2)'],
    ],
    [
      'conv2d',
      [[2, 3, 9, 9], [4, 3, 3, 3], [4], [3]],
      { pads: [0, 1, 2, 3], dilations: [2, 1] },
      [2, 4, 7, 11],
    ],
    ['maxPool', [[1, 2, 'H', 7]], { strides: [2, 2] }, [1, 2, 'floor(H/2)', 3]],
    ['globalAveragePool', [['N', 64, 'H', 'W']], {}, ['N', 64, 1, 1]],
    [
      'concat',
      [
        [1, 'C', 3],
        [1, 2, 3],
        [1, 4, 3],
      ],
      {},
      [1, 'C+6', 3],
    ],
    [
      'add',
      [
        ['N', 3, 1, 'W'],
        [5, 1],
      ],
      {},
      ['N', 3, 5, 'W'],
    ],
    ['add', [[], [2]], {}, [2]],
    ['linear', [['N', 'T', 8], [4, 8], null], {}, ['N', 'T', 4]],
    ['flatten', [[]], { axis: 0 }, [1, 1]],
    ['reshape', [['N', 64, 'H', 'W']], { shape: [0, -1] }, ['N', '64*H*W']],
    ['reshape', [['N', 6]], { shape: [-1, 2] }, ['3*N', 2]],
    ['reshape', [[1]], { shape: [] }, []],
  ])('%s of %j, %j', (op, shapes, attrs, wanted) => {
    expect(infer(op, shapes, attrs)).toEqual(wanted);
  });
});

test('operands have names', () => {
  expect(
    ['conv2d', 'sum', 'conv2d'].map((op, i) => operandName(op as OpName, [3, 2, 7][i]!)),
  ).toEqual(['padValue', 'x[2]', 'operand 7']);
  expect(operandName('sum', 0)).toBe('x[0]');
});

test.each(opNames)('%s is documented, and its operands have different names', (op) => {
  const { doc, operands } = opDef(op);
  expect(doc).toMatch(/\S/);
  expect(new Set(operands.map(({ name }) => name)).size).toBe(operands.length);
  expect(operands.slice(0, -1).filter(({ kind }) => kind === 'variadic')).toEqual([]);
});
