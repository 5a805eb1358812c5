/**
 * A graph while rules rewrite it. A rewrite is seen at once by whatever looks next, and costs as much as it
 * changes, however large the graph is. The graph is made anew only at the end, in one immer draft.
 */
import { castDraft } from 'immer';
import { makeNode, ReparamError, view } from '../ir/index.ts';
import type { Constant, Graph, Node, Value, ValueId, View } from '../ir/index.ts';
import { freshNames } from './fresh-names.ts';
import { produce, undrafted } from './produce.ts';
import type { Build, NewNode, Rule } from './rule.ts';

export interface Workspace {
  /** The graph as it is now. To ask for its `graph` or for `users` makes a copy, one for each rewrite. */
  readonly view: View;
  readonly nodes: () => readonly Node[];
  /**
   * Offers each node to `visit` in the graph's order, and what then stands in its place, until `visit` says
   * that it did nothing. Nodes that a rewrite adds wait for the next sweep. Whether anything was done.
   */
  readonly sweep: (visit: (root: Node) => boolean) => boolean;
  /** Rewrites a match of a rule at the node that is being visited, and drops what nobody needs any more. */
  readonly rewrite: (rule: Rule, match: object, root: Node) => void;
}

/** Takes a graph without dead code. */
export function workspace(graph: Graph): Workspace {
  const before = view(graph);
  const fresh = freshNames(graph);
  // What is not as it was. A value without a node is gone, or is read under another name.
  const definitions = new Map<ValueId, Node | null>();
  const useCounts = new Map<ValueId, number>();
  const consts = new Map<ValueId, Constant>();
  const forwarded = new Map<ValueId, ValueId>();
  const outputs = new Set(graph.outputs.map(({ value: id }) => id));
  // A sweep takes nodes from `list`, from `next` on, and leaves them in `done`.
  let [list, next, done]: [readonly Node[], number, Node[]] = [graph.nodes, 0, []];
  let copy: Graph | null = graph;

  const definition = (id: ValueId): Node | undefined => {
    const changed = definitions.get(id);
    return changed === undefined ? before.definition(id) : (changed ?? undefined);
  };
  const useCount = (id: ValueId): number => useCounts.get(id) ?? before.useCount(id);
  const value = (id: ValueId): Value => {
    const made = definitions.get(id)?.outputs.find((output) => output.id === id);
    const constant = made ? undefined : consts.get(id);
    if (constant) return { id, dtype: constant.dtype, shape: constant.shape };
    return made ?? before.value(id);
  };
  const now: View = {
    get graph() {
      return (copy ??= commit());
    },
    definition,
    users: (id) => view(now.graph).users(id),
    useCount,
    isOutput: (id) => outputs.has(id),
    constant: (id) => consts.get(id) ?? before.constant(id),
    value,
    shape: (id) => value(id).shape,
  };

  /** The value that stands for another after all forwarding. */
  function resolve(id: ValueId): ValueId {
    let current = id;
    for (let to; (to = forwarded.get(current)) !== undefined;) current = to;
    return current;
  }

  /** The node as it reads now; undefined where it is gone. */
  function current(node: Node): Node | undefined {
    const [output] = node.outputs;
    const found = definition(output.id);
    if (!found?.inputs.some((id) => id !== null && forwarded.has(id))) return found;
    const renamed = {
      ...found,
      inputs: found.inputs.map((id) => (id === null ? null : resolve(id))),
    };
    definitions.set(output.id, renamed);
    return renamed;
  }

  const nodes = (): Node[] => [...done, ...list.slice(next)].flatMap((node) => current(node) ?? []);

  function define(node: Node): void {
    for (const { id } of node.outputs) definitions.set(id, node);
    for (const id of node.inputs) if (id !== null) useCounts.set(id, useCount(id) + 1);
  }

  /** Nobody needs the nodes any more, nor what was only needed for them. */
  function release(needless: Node[]): void {
    for (let node; (node = needless.pop());) {
      for (const id of node.inputs) {
        if (id === null) continue;
        useCounts.set(id, useCount(id) - 1);
        const source = definition(id);
        if (!source || source.outputs.some((output) => useCount(output.id) > 0)) continue;
        for (const output of source.outputs) definitions.set(output.id, null);
        needless.push(source);
      }
    }
  }

  function forward(root: Node, to: ValueId): void {
    const [{ id: from }] = root.outputs;
    if (to === from)
      throw new ReparamError('invalid-graph', `%${from} would be replaced by itself`, root.id);
    forwarded.set(from, to);
    definitions.set(from, null);
    useCounts.set(to, useCount(to) + useCount(from));
    if (outputs.delete(from)) outputs.add(to);
  }

  function rewrite(rule: Rule, match: object, root: Node): void {
    copy = null;
    const made: Node[] = [];
    const make = ({ op, inputs, attrs }: NewNode, id: string, output: string): void => {
      const node = makeNode(op, inputs, attrs ?? {}, value, id, output) as Node;
      define(node);
      made.push(node);
    };
    const build: Build = {
      value,
      constant(name, constant) {
        const id = fresh(name);
        consts.set(id, constant);
        return id;
      },
      node(name, node) {
        const id = fresh(name);
        make(node, id, id);
        return id;
      },
    };
    const replacement = rule.rewrite(match, build, now);
    done.push(...made);
    if (typeof replacement === 'string') forward(root, resolve(replacement));
    else make(replacement, root.id, root.outputs[0].id);
    release([root, ...made.filter(({ outputs: [{ id }] }) => useCount(id) === 0)]);
  }

  function sweep(visit: (root: Node) => boolean): boolean {
    let isChanged = false;
    for (next = 0; next < list.length; next++) {
      const node = list[next]!;
      let root = current(node);
      while (root && visit(root)) {
        isChanged = true;
        root = current(node);
      }
      if (root) done.push(root);
    }
    list = nodes();
    [next, done] = [0, []];
    return isChanged;
  }

  function commit(): Graph {
    const all = nodes();
    return produce(graph, (draft) => {
      draft.nodes = undrafted(all);
      for (const [id, count] of useCounts) {
        if (count === 0 && before.constant(id)) delete draft.consts[id];
      }
      for (const [id, constant] of consts) {
        if (useCount(id) > 0) draft.consts[id] = castDraft(constant);
      }
      for (const output of draft.outputs) output.value = resolve(output.value);
    });
  }

  return { view: now, nodes, sweep, rewrite };
}
