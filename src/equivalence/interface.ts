/** What two graphs must have in common before they can be compared. */
import { expectGraph, printType, ReparamError, sameShape } from '../../ir/index.ts';
import { shapeError, view, type Graph, type Value } from '../../ir/index.ts';

type Values = ReadonlyMap<string, Value>;

/** Throws an `input` or `shape` error that names the first input or output that does not correspond. */
export function expectSameInterface(source: Graph, rewritten: Graph): void {
  for (const graph of [source, rewritten]) expectGraph(graph, 'checkEquivalence');
  const inputsOf = ({ inputs }: Graph) => new Map(inputs.map((value) => [value.id, value]));
  const outputsOf = (graph: Graph) =>
    new Map(graph.outputs.map(({ name, value }) => [name, view(graph).value(value)]));
  expectSame('input', inputsOf(source), inputsOf(rewritten));
  expectSame('output', outputsOf(source), outputsOf(rewritten));
}

function expectSame(what: 'input' | 'output', own: Values, others: Values): void {
  const alone = [...own.keys(), ...others.keys()].find((id) => !(own.has(id) && others.has(id)));
  if (alone !== undefined) {
    const [a, b] = [own, others].map((all) => [...all.keys()].map((id) => `"${id}"`).join(', '));
    const message = `the ${what}s do not correspond: ${a} in the one graph, ${b} in the other`;
    throw new ReparamError('input', message, alone);
  }
  for (const [name, value] of own) {
    const other = others.get(name)!;
    if (value.dtype === other.dtype && sameShape(value.shape, other.shape)) continue;
    const types = `${printType(value)} in the one graph, ${printType(other)} in the other`;
    throw shapeError(`the ${what} "${name}" is ${types}`, name);
  }
}
