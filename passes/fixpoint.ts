/** Applies rules until none fits. */
import { ReparamError } from '../ir/index.ts';
import type { Graph, Node, NodeId, OpName, View } from '../ir/index.ts';
import { dropDeadCode } from './dead-code.ts';
import { distinctEvents, type Event } from './log.ts';
import type { Pass, PassResult } from './pass.ts';
import { watchForEndlessRules } from './patience.ts';
import { refusal, type Refusal, type Rule } from './rule.ts';
import { workspace } from './workspace.ts';

/**
 * The rules together, to their fixpoint. At each node in turn the first rule that fits is applied, and again
 * to what then stands there, which sees all that was made before it: so a chain takes one sweep, however long.
 */
export function fixpoint(name: string, rules: readonly Rule[]): Pass {
  return { name, run: (graph) => applyAll(name, rules, dropDeadCode(graph)) };
}

function applyAll(pass: string, rules: readonly Rule[], graph: Graph): PassResult {
  const { view: g, nodes, sweep, rewrite } = workspace(graph);
  const watch = watchForEndlessRules(graph.nodes);
  const rulesFor = byOp(rules);
  const applied: Event[] = [];
  let refusals: [Rule, object, Node, Refusal][] = [];
  const about = (rule: Rule, match: object, root: Node) => ({
    pass,
    rule: rule.name,
    node: root.id,
    nodes: involved(match, root, g),
  });
  /** Whether the rule was applied at the root. */
  const tryRule = (rule: Rule, root: Node): boolean => {
    for (const match of rule.pattern.match(root.outputs[0].id, g)) {
      const refused = refusal(rule, match, g);
      if (refused) {
        refusals.push([rule, match, root, refused]);
        continue;
      }
      const event: Event = {
        kind: 'applied',
        ...about(rule, match, root),
        why: rule.identity,
      };
      rewrite(rule, match, root);
      applied.push(event);
      watch.fired(event);
      return true;
    }
    return false;
  };
  const visit = (root: Node): boolean =>
    rulesFor(root.op).some((rule) => {
      try {
        return tryRule(rule, root);
      } catch (error) {
        if (error instanceof ReparamError && error.code === 'pass') throw error;
        const message = error instanceof Error ? error.message : String(error);
        const what = `the rule ${rule.name} at "${root.id}": ${message}`;
        throw new ReparamError('pass', what, root.id, { cause: error });
      }
    });
  while (sweep(visit)) {
    watch.swept(nodes());
    // Refusals of a graph that goes on changing are not the last word.
    refusals = [];
  }
  const refused = refusals.map(([rule, match, root, { why, condition }]): Event => {
    return { kind: 'refused', ...about(rule, match, root), why, condition };
  });
  return { graph: g.graph, log: [...applied, ...distinctEvents(refused)] };
}

/** The rules whose pattern can match a node of the op, in their order. */
function byOp(rules: readonly Rule[]): (op: OpName) => readonly Rule[] {
  const known = new Map<OpName, readonly Rule[]>();
  return (op) => {
    const fitting =
      known.get(op) ?? rules.filter(({ pattern }) => pattern.ops?.includes(op) ?? true);
    known.set(op, fitting);
    return fitting;
  };
}

/** The root, the other nodes of a match, and what it binds of the root's operands; no constants. */
function involved(match: object, root: Node, g: View): NodeId[] {
  const operands = operandsOf(root);
  const ids = Object.values(match).flatMap((bound: { id?: string; op?: string } | null) => {
    if (typeof bound?.id !== 'string') return [];
    if (bound.op !== undefined) return [bound.id];
    if (!operands.has(bound.id) || g.constant(bound.id)) return [];
    return [g.definition(bound.id)?.id ?? bound.id];
  });
  return [...new Set([root.id, ...ids])];
}

const operandSets = new WeakMap<Node, ReadonlySet<string | null>>();

/** Made once for a node: a wide sum may have many events. */
function operandsOf(node: Node): ReadonlySet<string | null> {
  const operands = operandSets.get(node) ?? new Set(node.inputs);
  operandSets.set(node, operands);
  return operands;
}
