/** The nodes that the outputs need, each after those it reads. */
import type { OnnxNode } from './onnx-node.ts';

/**
 * Files should have their nodes in order but not all do. Calls `cycle` with a node that needs itself.
 * Without recursion, since a file may be a chain of any length.
 */
export function inOrder(
  outputs: readonly string[],
  producer: (name: string) => OnnxNode | undefined,
  cycle: (node: OnnxNode) => never,
): OnnxNode[] {
  const done: OnnxNode[] = [];
  const state = new Map<OnnxNode, 'open' | 'done'>();
  const nodeOf = (name: string) => producer(name);
  const stack: { node: OnnxNode; next: number }[] = [];
  const enter = (name: string) => {
    const node = nodeOf(name);
    if (!node || state.get(node) === 'done') return;
    if (state.get(node) === 'open') cycle(node);
    state.set(node, 'open');
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    for (let top; (top = stack.at(-1));) {
      const at = top.next++;
      const input = top.node.inputs[at] ?? top.node.captures[at - top.node.inputs.length];
      if (input !== undefined) {
        if (input !== '') enter(input);
        continue;
      }
      state.set(top.node, 'done');
      done.push(top.node);
      stack.pop();
    }
  }
  return done;
}
