/**
 * Applies rules until none fits. A sweep collects the matches that do not overlap and rewrites them in
 * one immer draft: one draft for each rewrite would make the whole quadratic.
 */
import { castDraft, produce } from 'immer';
import { makeNode, ReparamError, view } from '../ir/index.ts';
import type { Constant, Graph, Node, NodeId, Value, ValueId, View } from '../ir/index.ts';
import { dropDeadCode } from './dead-code.ts';
import type { Event } from './log.ts';
import type { Pass } from './pass.ts';
import { matchedNodes } from './pattern.ts';
import { refusal, type Build, type NewNode, type Rule } from './rule.ts';

/** A rule that fires for ever is a bug in the rule; a wide sum needs a sweep for each operand. */
const MAX_SWEEPS = 10_000;

/** The rules together, to their fixpoint. */
export function fixpoint(name: string, rules: readonly Rule[]): Pass {
  return {
    name,
    run(graph) {
      const applied: Event[] = [];
      let current = dropDeadCode(graph);
      for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
        const { next, events } = sweep(name, current, rules);
        applied.push(...events.filter(({ kind }) => kind === 'applied'));
        // Refusals of a graph that goes on changing are not the last word.
        if (!next) return { graph: current, log: [...applied, ...events] };
        current = dropDeadCode(next);
      }
      const last = applied.at(-1)!;
      const what = `the rule ${last.rule} still applies at "${last.node}"`;
      throw new ReparamError('pass', `pass ${name}: ${what} after ${MAX_SWEEPS} sweeps`, last.node);
    },
  };
}

/** Everything that one sweep changes. */
interface Edits {
  /** What stands in the place of a node. */
  readonly replaced: Map<Node, readonly Node[]>;
  /** Values whose users read another value from now on. */
  readonly forwarded: Map<ValueId, ValueId>;
  readonly consts: Record<ValueId, Constant>;
}

function sweep(pass: string, graph: Graph, rules: readonly Rule[]) {
  const g = view(graph);
  const edits: Edits = { replaced: new Map(), forwarded: new Map(), consts: {} };
  const events: Event[] = [];
  const touched = new Set<Node>();
  const fresh = freshNames(g);
  for (const root of graph.nodes) {
    for (const rule of rules) {
      if (rule.pattern.ops && !rule.pattern.ops.includes(root.op)) continue;
      for (const match of rule.pattern.match(root.outputs[0].id, g)) {
        const nodes = matchedNodes(match);
        if (nodes.some((node) => touched.has(node))) continue;
        const refused = refusal(rule, match, g);
        const event = { pass, rule: rule.name, node: root.id, nodes: involved(match, root) };
        if (refused) {
          const condition = refused.sound ? 'sound' : 'worth';
          events.push({ kind: 'refused', ...event, why: refused.why, condition });
          continue;
        }
        for (const node of nodes) touched.add(node);
        apply(rule, match, root, g, edits, fresh);
        events.push({ kind: 'applied', ...event, why: rule.identity });
      }
    }
  }
  return { next: touched.size > 0 ? commit(graph, edits) : null, events };
}

/** The nodes of a match, and those operands of its root that it binds as mere values. */
function involved(match: object, root: Node): NodeId[] {
  const operands = Object.values(match).flatMap((bound: { id?: string } | null) =>
    bound && !('constant' in bound) ? root.inputs.filter((id) => id === bound.id) : [],
  );
  const ids = [...matchedNodes(match).map(({ id }) => id), ...operands];
  return [root.id, ...new Set(ids.filter((id) => id !== null && id !== root.id))] as NodeId[];
}

/** Names that neither the graph nor this sweep has. */
function freshNames(g: View): (wanted: string) => string {
  const taken = new Set<string>(Object.keys(g.graph.consts));
  for (const { id } of g.graph.inputs) taken.add(id);
  for (const node of g.graph.nodes) {
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

function apply(
  rule: Rule,
  match: object,
  root: Node,
  g: View,
  edits: Edits,
  fresh: (wanted: string) => string,
): void {
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
      const id = fresh(name);
      edits.consts[id] = constant;
      added.set(id, { id, dtype: constant.dtype, shape: constant.shape });
      return id;
    },
    node(name, node) {
      const id = fresh(name);
      make(node, id, id);
      return id;
    },
  };
  const [output] = root.outputs;
  const replacement = rule.rewrite(match, build, g);
  if (typeof replacement === 'string') edits.forwarded.set(output.id, replacement);
  else make(replacement, root.id, output.id);
  edits.replaced.set(root, nodes);
}

function commit(graph: Graph, { replaced, forwarded, consts }: Edits): Graph {
  const resolve = (id: ValueId): ValueId => {
    let current = id;
    for (let next; (next = forwarded.get(current)) !== undefined;) current = next;
    return current;
  };
  const rename = (node: Node): Node => {
    if (!node.inputs.some((id) => id !== null && forwarded.has(id))) return node;
    return { ...node, inputs: node.inputs.map((id) => (id === null ? null : resolve(id))) };
  };
  return produce(graph, (draft) => {
    const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
    draft.nodes = castDraft(forwarded.size > 0 ? nodes.map(rename) : nodes);
    Object.assign(draft.consts, consts);
    for (const output of draft.outputs) output.value = resolve(output.value);
  });
}
