/** Which values are written over an operand that nobody needs any more. */
import { elementCount, staticShape, view } from '../ir/index.ts';
import type { Graph, Node, OpName, ValueId } from '../ir/index.ts';
import type { Fusion } from './fuse.ts';
import { kernelsOf } from './kernels/index.ts';
import type { Precision } from './plan.ts';

/** Ops whose kernels read each of these operands only where they write, and only before they write there. */
const elementwise: { readonly [K in OpName]?: 'all' | 'first' } = {
  add: 'all',
  batchNorm: 'first',
  clip: 'first',
  gelu: 'first',
  hardSigmoid: 'first',
  hardSwish: 'first',
  leakyRelu: 'first',
  mul: 'all',
  relu: 'first',
  sigmoid: 'first',
  silu: 'first',
  sum: 'all',
};

/**
 * For each value that takes the memory of an operand, that operand: one of the output's size, stored
 * alike, that no other node reads, and that is neither an input, a constant nor an output of the graph. A residual that a layer
 * adds in its kernel counts as an operand of the layer.
 */
export function findInPlace(
  graph: Graph,
  fusions: readonly Fusion[],
  typeOf: (id: ValueId) => Precision,
): Map<ValueId, ValueId> {
  const g = view(graph);
  const residuals = new Map<Node, ValueId>(fusions.map(({ sum, residual }) => [sum, residual]));
  const contents = nameContents(graph);
  const uses = new Map<ValueId, number>();
  const use = (id: ValueId) => uses.set(contents(id), (uses.get(contents(id)) ?? 0) + 1);
  for (const node of graph.nodes) {
    if (kernelsOf(node.op) === 'alias') continue;
    for (const id of node.inputs) if (id !== null) use(id);
  }
  for (const { value } of graph.outputs) use(value);

  const sizeOf = (id: ValueId) => elementCount(staticShape(g.shape(id), id));
  const isAlike = (a: ValueId, b: ValueId) => sizeOf(a) === sizeOf(b) && typeOf(a) === typeOf(b);
  const isComputed = (id: ValueId) => g.definition(contents(id)) !== undefined;
  const found = new Map<ValueId, ValueId>();
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    const residual = residuals.get(node);
    const operands = residual === undefined ? overwritable(node) : [residual];
    const operand = operands.find(
      (id) => uses.get(contents(id)) === 1 && isComputed(id) && isAlike(id, output.id),
    );
    if (operand !== undefined) found.set(output.id, operand);
  }
  return found;
}

function overwritable({ op, inputs }: Node): ValueId[] {
  const which = elementwise[op];
  if (which === undefined) return [];
  return (which === 'all' ? inputs : inputs.slice(0, 1)).filter((id) => id !== null);
}

/** The value whose contents another is: ops that only rename memory keep them. */
export function nameContents(graph: Graph): (id: ValueId) => ValueId {
  const sources = new Map<ValueId, ValueId>();
  const contents = (id: ValueId) => sources.get(id) ?? id;
  for (const node of graph.nodes) {
    if (kernelsOf(node.op) !== 'alias') continue;
    sources.set(node.outputs[0].id, contents(node.inputs[0]!));
  }
  return contents;
}
