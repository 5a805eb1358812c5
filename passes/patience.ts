/** Finding rules that fire for ever. Such a rule is a bug, and must not look like a slow compilation. */
import { ReparamError, type Graph } from '../ir/index.ts';
import type { Event } from './log.ts';

/** How many sweeps may pass in which the graph gets no smaller, and how often a rule may fire at a node in them. */
const MAX_SWEEPS = 300;
const MAX_FIRINGS = 10;

/** Nodes and operands together, and the most operands that a node has. */
function measure({ nodes }: Graph): { size: number; widest: number } {
  let [size, widest] = [nodes.length, 0];
  for (const { inputs } of nodes) {
    size += inputs.length;
    widest = Math.max(widest, inputs.length);
  }
  return { size, widest };
}

/**
 * Is told of every sweep: the graph it made and what it applied. Rules as they should be make a graph
 * smaller before long; a sum may need a sweep or two for each operand.
 */
export function watchForEndlessRules(): (graph: Graph, applied: readonly Event[]) => void {
  let [smallest, sweeps] = [Infinity, 0];
  const firings = new Map<string, number>();
  return (graph, applied) => {
    const { size, widest } = measure(graph);
    sweeps++;
    if (size < smallest) {
      [smallest, sweeps] = [size, 0];
      firings.clear();
    }
    const firesOn = ({ rule, node }: Event): boolean => {
      const key = JSON.stringify([rule, node]);
      const count = (firings.get(key) ?? 0) + 1;
      firings.set(key, count);
      return count > MAX_FIRINGS + 2 * widest;
    };
    const isOver = sweeps > MAX_SWEEPS + 2 * widest;
    const endless = applied.filter(firesOn)[0] ?? (isOver ? applied[0] : undefined);
    if (!endless) return;
    const { rule, node } = endless;
    const message = `the rule ${rule} still applies at "${node}" after ${sweeps} sweeps that made the graph no smaller`;
    throw new ReparamError('pass', message, node);
  };
}
