/** Evaluates nodes whose operands are all constants, in float64 and not yet rounded. */
import { castDraft } from 'immer';
import { isStatic, Lazy, opDef, readRow, Tensor, toFloat64, view } from '../ir/index.ts';
import type { Array64, Constant, Graph, Node, ValueId } from '../ir/index.ts';
import { pass } from './pass.ts';
import { produce, undrafted } from './produce.ts';

function foldNode(node: Node, operands: readonly (Constant | null)[]): Constant | null {
  const { dtype, shape } = node.outputs[0];
  if (!isStatic(shape)) return null;
  const arrays = operands.map((c): Array64 | null => c && { shape: c.shape, data: toFloat64(c) });
  const exact = new Tensor(shape, opDef(node.op).evaluate(arrays, node.attrs, shape));
  return new Lazy(shape, (index, out) => readRow(exact, index, out), dtype);
}

export const foldConstants = pass('fold-constants', (graph: Graph) => {
  const folded = new Map<ValueId, Constant>();
  const g = view(graph);
  const constantOf = (id: ValueId | null) =>
    id === null ? null : (folded.get(id) ?? g.constant(id));
  const nodes = graph.nodes.filter((node) => {
    const operands = node.inputs.map(constantOf);
    if (operands.includes(undefined)) return true;
    const constant = foldNode(node, operands as (Constant | null)[]);
    if (constant) folded.set(node.outputs[0].id, constant);
    return constant === null;
  });
  if (folded.size === 0) return graph;
  return produce(graph, (draft) => {
    draft.nodes = undrafted(nodes);
    for (const [id, constant] of folded) draft.consts[id] = castDraft(constant);
  });
});
