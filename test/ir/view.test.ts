import { expect, test } from 'vitest';
import { parse, view } from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';
import { randomWeights } from '../support/random-weights.ts';

const graph = parse(
  `graph g(%x: f32[N,2], %unused: f32[1]) {
    const %k : f32[2]
    const %__proto__ : f32[2]
    %a = add %x, %k
    %s = sum %a, %a, %x
    %m = mul %a, %__proto__
    %dead = relu %s
    return first=%s, second=%s, %x, %k
  }`,
  randomWeights(),
);
const g = view(graph);
const usersOf = (id: string) => g.users(id).map((n) => n.id);

test('users come in order, once for each operand', () => {
  expect(usersOf('a')).toEqual(['s', 's', 'm']);
  expect(usersOf('x')).toEqual(['a', 's']);
  expect(usersOf('k')).toEqual(['a']);
  expect(usersOf('__proto__')).toEqual(['m']);
  expect(usersOf('dead')).toEqual([]);
});

test('each result of the graph counts as a use', () => {
  const counts = ['a', 's', 'x', 'k', 'm', 'dead', 'unused'].map((id) => g.useCount(id));
  expect(counts).toEqual([3, 3, 3, 2, 0, 0, 0]);
  expect(['s', 'x', 'k', 'a'].map((id) => g.isOutput(id))).toEqual([true, true, true, false]);
});

test('values have their definition, type and data', () => {
  expect(g.definition('s')?.op).toBe('sum');
  expect([g.definition('x'), g.definition('k')]).toEqual([undefined, undefined]);
  expect(g.value('x')).toBe(graph.inputs[0]);
  expect(g.value('k')).toEqual({ id: 'k', dtype: 'f32', shape: [2] });
  expect(g.shape('s')).toEqual(['N', 2]);
  expect(g.constant('k')).toBe(graph.consts.k);
  expect(g.constant('__proto__')?.shape).toEqual([2]);
});

test('what is not there is not found in prototypes either', () => {
  const plain = view({ ...graph, consts: { ...graph.consts } });
  for (const v of [g, plain]) {
    expect([v.constant('toString'), v.definition('constructor')]).toEqual([undefined, undefined]);
    expect([v.useCount('toString'), v.isOutput('constructor')]).toEqual([0, false]);
    expect(errorOf(() => v.value('toString'))).toBe(
      'invalid-graph of toString: there is no value %toString',
    );
  }
});

test('a view is made once for each graph', () => {
  expect(view(graph)).toBe(g);
  expect(view({ ...graph })).not.toBe(g);
  expect(g.graph).toBe(graph);
});
