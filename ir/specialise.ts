/** Fixing symbolic dimensions. */
import { printShape, substituteDim, type Shape } from './dim.ts';
import { ReparamError } from './errors.ts';
import { expectGraph, type Graph, type Node, type Value, type ValueId } from './graph.ts';
import { makeNode } from './build.ts';
import { view } from './view.ts';

/** The symbols in the shapes of the graph's inputs, in order. */
export function symbolsOf(graph: Graph): string[] {
  const symbols = graph.inputs.flatMap(({ shape }) => shape.filter((d) => typeof d === 'string'));
  return [...new Set(symbols)];
}

/** Sizes where only their order of magnitude matters: 1 for the batch, the first axis of an input, and 224 for others. */
export function nominalDims(graph: Graph): Record<string, number> {
  const batch = new Set(graph.inputs.map(({ shape }) => shape[0]));
  return Object.fromEntries(
    symbolsOf(graph).map((symbol) => [symbol, batch.has(symbol) ? 1 : 224]),
  );
}

/**
 * The graph with the given sizes in place of its symbols; constants are shared, not copied.
 * Throws a `dimension` error for an unknown symbol or an impossible size.
 */
export function specialise(graph: Graph, dims: Readonly<Record<string, number>>): Graph {
  const symbols = symbolsOf(expectGraph(graph, 'specialise'));
  for (const [symbol, size] of Object.entries(dims)) {
    if (!symbols.includes(symbol)) {
      const known = symbols.length > 0 ? `it has ${symbols.join(', ')}` : 'all its sizes are fixed';
      throw new ReparamError('dimension', `the graph has no dimension ${symbol}; ${known}`, symbol);
    }
    if (!Number.isInteger(size) || size < 1) {
      throw new ReparamError('dimension', `the dimension ${symbol} cannot be ${size}`, symbol);
    }
  }
  if (Object.keys(dims).length === 0) return graph;
  const fix = (shape: Shape): Shape => shape.map((d) => substituteDim(d, dims));
  const inputs = graph.inputs.map((value) => ({ ...value, shape: fix(value.shape) }));
  const values = new Map<ValueId, Value>(inputs.map((value) => [value.id, value]));
  const typeOf = (id: ValueId): Value => values.get(id) ?? view(graph).value(id);
  const nodes = graph.nodes.map((node) => {
    const attrs = node.op === 'reshape' ? { shape: fix(node.attrs.shape) } : node.attrs;
    const made = makeNode(node.op, node.inputs, attrs, typeOf, node.id, node.outputs[0].id) as Node;
    values.set(made.outputs[0].id, made.outputs[0]);
    return made;
  });
  return { ...graph, inputs, nodes };
}

/** Throws a `dimension` error that names the symbols still open, with the ways to fix them. */
export function expectFixed(graph: Graph): Graph {
  const open = symbolsOf(graph);
  if (open.length === 0) return graph;
  const shapes = graph.inputs.map(({ id, shape }) => `${id} ${printShape(shape)}`).join(', ');
  const example = `{ ${open.map((symbol) => `${symbol}: 1`).join(', ')} }`;
  const remedy = `give session() ${example}, or openSession() and compare() the option { dims: ${example} }`;
  throw new ReparamError(
    'dimension',
    `the sizes ${open.join(', ')} of the inputs (${shapes}) are not fixed; ${remedy}`,
    open[0],
  );
}
