/** While rules rewrite a graph, each sees it as it is, and nothing in it is dead. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verify, view, type View } from '../../ir/index.ts';
import { any, deadCode, fixpoint, rule, rules, runPasses } from '../../passes/index.ts';
import { arbitraryBlocks } from './blocks.ts';

function expectTrue(g: View): void {
  const graph = verify({ ...g.graph });
  expect(deadCode.run(graph).graph).toBe(graph);
  const really = view(graph);
  const values = [...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)];
  for (const id of [...values.map((value) => value.id), ...Object.keys(graph.consts)]) {
    expect(g.definition(id)).toBe(really.definition(id));
    expect(g.users(id)).toEqual(really.users(id));
    expect(g.useCount(id)).toBe(really.useCount(id));
    expect(g.isOutput(id)).toBe(really.isOutput(id));
    expect(g.value(id)).toEqual(really.value(id));
    expect(g.constant(id)).toBe(really.constant(id));
  }
}

test('the view of a graph that is being rewritten', () => {
  let changes = 0;
  let last: unknown = null;
  const look = rule({
    name: 'look',
    identity: 'x = x',
    pattern: any('y'),
    worth: {
      'looking changes nothing': (_, g) => {
        if (g.graph === last) return false;
        last = g.graph;
        changes++;
        expectTrue(g);
        return false;
      },
    },
    rewrite: ({ y }) => y.id,
  });
  const property = fc.property(arbitraryBlocks(), (graph) => {
    runPasses(graph, [fixpoint('all', [look, ...rules])]);
  });
  fc.assert(property, { seed: 7, numRuns: 60 });
  expect(changes).toBeGreaterThan(200);
});
