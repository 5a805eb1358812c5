/**
 * Applies rules until none fits. A sweep collects the matches that do not overlap and rewrites them in
 * one immer draft: one draft for each rewrite would make the whole quadratic.
 */
import { ReparamError, view } from '../ir/index.ts';
import type { Graph, Node, NodeId, OpName, View } from '../ir/index.ts';
import { dropDeadCode } from './dead-code.ts';
import { commit, noEdits, rewrite } from './edits.ts';
import { distinctEvents, type Event } from './log.ts';
import type { Pass } from './pass.ts';
import { watchForEndlessRules } from './patience.ts';
import { matchedNodes } from './pattern.ts';
import { refusal, type Refusal, type Rule } from './rule.ts';

/** The rules together, to their fixpoint. */
export function fixpoint(name: string, rules: readonly Rule[]): Pass {
  return {
    name,
    run(graph) {
      const watch = watchForEndlessRules();
      const applied: Event[] = [];
      let current = dropDeadCode(graph);
      for (;;) {
        const result = sweep(name, current, rules);
        applied.push(...result.applied);
        // Refusals of a graph that goes on changing are not the last word.
        if (!result.next) return { graph: current, log: [...applied, ...result.refused()] };
        current = dropDeadCode(result.next);
        watch(current, result.applied);
      }
    },
  };
}

/** `next` is null where no rule fits. Refusals are told on demand: there are many and few are needed. */
interface Sweep {
  readonly next: Graph | null;
  readonly applied: readonly Event[];
  readonly refused: () => readonly Event[];
}

function sweep(pass: string, graph: Graph, rules: readonly Rule[]): Sweep {
  const g = view(graph);
  const edits = noEdits(g);
  const touched = new Set<Node>();
  const applied: Event[] = [];
  const refusals: [Rule, object, Node, Refusal][] = [];
  const about = (rule: Rule, match: object, root: Node) => ({
    pass,
    rule: rule.name,
    node: root.id,
    nodes: involved(match, root, g),
  });
  /** Whether the rule was applied at the root. */
  const tryRule = (rule: Rule, root: Node): boolean => {
    for (const match of rule.pattern.match(root.outputs[0].id, g)) {
      const nodes = [root, ...matchedNodes(match)];
      if (nodes.some((node) => touched.has(node))) continue;
      const refused = refusal(rule, match, g);
      if (refused) {
        refusals.push([rule, match, root, refused]);
        continue;
      }
      rewrite(rule, match, root, g, edits);
      for (const node of nodes) touched.add(node);
      applied.push({ kind: 'applied', ...about(rule, match, root), why: rule.identity });
      return true;
    }
    return false;
  };
  const rulesFor = byOp(rules);
  for (const root of graph.nodes) {
    rulesFor(root.op).some((rule) => {
      try {
        return tryRule(rule, root);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const what = `the rule ${rule.name} at "${root.id}": ${message}`;
        throw new ReparamError('pass', what, root.id, { cause: error });
      }
    });
  }
  return {
    next: touched.size > 0 ? commit(graph, edits) : null,
    applied,
    refused: () =>
      distinctEvents(
        refusals.map(([rule, match, root, { why, condition }]) => ({
          kind: 'refused',
          ...about(rule, match, root),
          why,
          condition,
        })),
      ),
  };
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
  const operands = new Set(root.inputs);
  const ids = Object.values(match).flatMap((bound: { id?: string; op?: string } | null) => {
    if (typeof bound?.id !== 'string') return [];
    if (bound.op !== undefined) return [bound.id];
    if (!operands.has(bound.id) || g.constant(bound.id)) return [];
    return [g.definition(bound.id)?.id ?? bound.id];
  });
  return [...new Set([root.id, ...ids])];
}
