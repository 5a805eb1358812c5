/** Nodes that compute the same of the same operands become one, and so do constants that are one object. */
import { printAttr } from '../ir/index.ts';
import type { Constant, Graph, Node, ValueId } from '../ir/index.ts';
import { pass } from './pass.ts';
import { produce, undrafted } from './produce.ts';

export const commonSubexpressions = pass('common-subexpressions', (graph: Graph) => {
  const same = new Map<ValueId, ValueId>();
  const resolve = (id: ValueId): ValueId => same.get(id) ?? id;
  const firstConstant = new Map<Constant, ValueId>();
  for (const [id, constant] of Object.entries(graph.consts)) {
    const first = firstConstant.get(constant);
    if (first === undefined) firstConstant.set(constant, id);
    else same.set(id, first);
  }
  const nodesOf = new Map<string, Node[]>();
  const nodes = graph.nodes.flatMap((node) => {
    const inputs = node.inputs.map((id) => (id === null ? null : resolve(id)));
    const key = JSON.stringify([node.op, inputs]);
    const alike = nodesOf.get(key);
    const first = alike?.find((other) => printed(other) === printed(node));
    if (first) {
      same.set(node.outputs[0].id, first.outputs[0].id);
      return [];
    }
    if (alike) alike.push(node);
    else nodesOf.set(key, [node]);
    return [node.inputs.every((id, i) => id === inputs[i]) ? node : { ...node, inputs }];
  });
  if (same.size === 0) return graph;
  return produce(graph, (draft) => {
    draft.nodes = undrafted(nodes);
    for (const output of draft.outputs) output.value = resolve(output.value);
  });
});

/** The attributes. JSON has no infinities and no negative zero; two clips must not be taken for one. */
const printed = ({ attrs }: Node): string =>
  Object.entries(attrs)
    .map(([name, value]) => `${name}=${printAttr(value)}`)
    .sort()
    .join(' ');
