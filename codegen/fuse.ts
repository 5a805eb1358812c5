/** Which sums run in the kernel of the layer before them. */
import { view, type Graph, type Node, type NodeOf, type ValueId } from '../ir/index.ts';
import { kernelsOf } from './kernels/index.ts';

/** sum = act(producer + residual) */
export interface Fusion {
  readonly producer: NodeOf<'conv2d'> | NodeOf<'convTranspose2d'> | NodeOf<'linear'>;
  readonly sum: NodeOf<'sum'>;
  readonly residual: ValueId;
}

/**
 * The sums of two operands of which one is a convolution or linear layer that nothing else needs, not
 * activated yet. The other operand must be there before the layer runs; so of two layers only the later
 * one qualifies. Each layer and each sum occurs at most once.
 */
export function findResiduals(graph: Graph): Fusion[] {
  const g = view(graph);
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const placeOf = (id: ValueId): number => {
    const node = g.definition(id);
    if (!node) return -1;
    return kernelsOf(node.op) === 'alias' ? placeOf(node.inputs[0]!) : order.get(node)!;
  };
  const isFree = (node: Node | undefined): node is Fusion['producer'] =>
    (node?.op === 'conv2d' || node?.op === 'convTranspose2d' || node?.op === 'linear') &&
    node.attrs.act === 'none' &&
    g.useCount(node.outputs[0].id) === 1;
  const fusions: Fusion[] = [];
  for (const sum of graph.nodes) {
    if (sum.op !== 'sum' || sum.inputs.length !== 2) continue;
    const [a, b] = sum.inputs as [ValueId, ValueId];
    const [later, residual] = placeOf(a) > placeOf(b) ? [a, b] : [b, a];
    const producer = g.definition(later);
    if (isFree(producer)) fusions.push({ producer, sum, residual });
  }
  return fusions;
}
