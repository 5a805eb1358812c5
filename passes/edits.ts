/** What one sweep of rewrites changes in a graph, collected first and then made in one immer draft. */
import { castDraft } from 'immer';
import { constantsOf, makeNode, ReparamError } from '../ir/index.ts';
import type { Constant, Graph, Node, Value, ValueId, View } from '../ir/index.ts';
import type { Build, NewNode, Rule } from './rule.ts';
import { produce, undrafted } from './produce.ts';

export interface Edits {
  /** What stands in the place of a node. */
  readonly replaced: Map<Node, readonly Node[]>;
  /** Values whose users read another value from now on. */
  readonly forwarded: Map<ValueId, ValueId>;
  readonly consts: Record<ValueId, Constant>;
  /** A name that neither the graph nor these edits have. */
  readonly fresh: (wanted: string) => string;
}

export const noEdits = (g: View): Edits => ({
  replaced: new Map(),
  forwarded: new Map(),
  consts: constantsOf([]),
  fresh: freshNames(g.graph),
});

function freshNames(graph: Graph): Edits['fresh'] {
  const taken = new Set<string>(Object.keys(graph.consts));
  for (const { id } of graph.inputs) taken.add(id);
  for (const node of graph.nodes) {
    taken.add(node.id);
    for (const { id } of node.outputs) taken.add(id);
  }
  return (wanted) => {
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}.${n}`;
    taken.add(name);
    return name;
  };
}

/** Rewrites one match of a rule. */
export function rewrite(rule: Rule, match: object, root: Node, g: View, edits: Edits): void {
  const added = new Map<ValueId, Value>();
  const nodes: Node[] = [];
  const value = (id: ValueId) => added.get(id) ?? g.value(id);
  const make = ({ op, inputs, attrs }: NewNode, id: string, output: string): void => {
    const node = makeNode(op, inputs, attrs ?? {}, value, id, output) as Node;
    nodes.push(node);
    added.set(output, node.outputs[0]);
  };
  const build: Build = {
    value,
    constant(name, constant) {
      const id = edits.fresh(name);
      edits.consts[id] = constant;
      added.set(id, { id, dtype: constant.dtype, shape: constant.shape });
      return id;
    },
    node(name, node) {
      const id = edits.fresh(name);
      make(node, id, id);
      return id;
    },
  };
  const [output] = root.outputs;
  const replacement = rule.rewrite(match, build, g);
  if (typeof replacement !== 'string') make(replacement, root.id, output.id);
  else if (resolve(edits, replacement) !== output.id) edits.forwarded.set(output.id, replacement);
  else
    throw new ReparamError('invalid-graph', `%${output.id} would be replaced by itself`, root.id);
  edits.replaced.set(root, nodes);
}

/** The value that stands for another after all forwarding. */
function resolve({ forwarded }: Edits, id: ValueId): ValueId {
  let current = id;
  for (let next; (next = forwarded.get(current)) !== undefined;) current = next;
  return current;
}

export function commit(graph: Graph, edits: Edits): Graph {
  const { replaced, forwarded, consts } = edits;
  const rename = (node: Node): Node => {
    if (!node.inputs.some((id) => id !== null && forwarded.has(id))) return node;
    return { ...node, inputs: node.inputs.map((id) => (id === null ? null : resolve(edits, id))) };
  };
  return produce(graph, (draft) => {
    const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
    draft.nodes = undrafted(forwarded.size > 0 ? nodes.map(rename) : nodes);
    for (const [id, constant] of Object.entries(consts)) draft.consts[id] = castDraft(constant);
    for (const output of draft.outputs) output.value = resolve(edits, output.value);
  });
}
