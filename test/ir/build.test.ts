import { expect, test } from 'vitest';
import { GraphBuilder, tensor } from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';

const start = () => {
  const b = new GraphBuilder('g');
  b.input('x', [1, 2]);
  return b;
};

test('the builder completes attributes and absent operands', () => {
  const b = start();
  b.constant('w', tensor([1, 2], [1, 2]));
  b.node('linear', 'y', ['x', 'w']);
  const graph = b.finish([{ name: 'y', value: 'y' }]);
  expect(graph.nodes[0]).toEqual({
    id: 'y',
    op: 'linear',
    inputs: ['x', 'w', null],
    attrs: { act: 'none', actParams: [] },
    outputs: [{ id: 'y', dtype: 'f32', shape: [1, 1] }],
  });
});

test('the builder goes on after finish without touching the graph', () => {
  const b = start();
  const graph = b.finish([{ name: 'x', value: 'x' }]);
  b.constant('w', tensor([1], [1]));
  b.node('relu', 'y', ['x']);
  b.input('z', [1]);
  expect([graph.nodes, Object.keys(graph.consts), graph.inputs.length]).toEqual([[], [], 1]);
});

test('the builder names what is wrong', () => {
  const b = start();
  expect(errorOf(() => b.input('x', [1]))).toBe('invalid-graph of x: the name "x" is used twice');
  expect(errorOf(() => b.constant('x', tensor([1], [1])))).toContain('the name "x" is used twice');
  expect(errorOf(() => b.node('relu', 'x', ['x']))).toContain('the name "x" is used twice');
  expect(errorOf(() => b.node('relu', 'y', ['toString']))).toBe(
    'invalid-graph of toString: there is no value "toString"',
  );
  expect(errorOf(() => b.node('toString' as never, 'y', ['x']))).toContain(
    'there is no op toString',
  );
  expect(errorOf(() => b.node('softmax', 'y', ['x'], { axis: 2 }))).toBe(
    'shape of y: softmax "y": axis=2 is outside of x [1,2], which has 2 dimensions',
  );
  expect(errorOf(() => b.node('relu', 'y', ['x'], { alpha: 1 } as never))).toBe(
    'shape of y: relu "y": has no attribute alpha',
  );
  expect([b.has('x'), b.has('y'), b.has('constructor')]).toEqual([true, false, false]);
});
