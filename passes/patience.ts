/** Finding rules that fire for ever. Such a rule is a bug, and must not look like a slow compilation. */
import { ReparamError, type Node } from '../ir/index.ts';
import type { Event } from './log.ts';

/** How many sweeps may pass in which the graph gets no smaller, and how often a rule may fire at a node in them. */
const MAX_SWEEPS = 300;
const MAX_FIRINGS = 10;

/** Nodes and operands together, and the most operands that a node has. */
function measure(nodes: readonly Node[]): { size: number; widest: number } {
  let [size, widest] = [nodes.length, 0];
  for (const { inputs } of nodes) {
    size += inputs.length;
    widest = Math.max(widest, inputs.length);
  }
  return { size, widest };
}

/** Is told of every rewrite, and of every sweep that made some. Both throw a `pass` error in the end. */
interface Watch {
  readonly fired: (event: Event) => void;
  readonly swept: (nodes: readonly Node[]) => void;
}

/** Rules as they should be make a graph smaller before long; a sum may need a rewrite or two for each operand. */
export function watchForEndlessRules(nodes: readonly Node[]): Watch {
  let { size: smallest, widest } = measure(nodes);
  let [sweeps, rewrites]: [number, Event[]] = [0, []];
  const firings = new Map<string, number>();
  const complain = ({ rule, node }: Event): never => {
    const message = `the rule ${rule} still applies at "${node}" after ${rewrites.length} rewrites that made the graph no smaller`;
    throw new ReparamError('pass', message, node);
  };
  return {
    fired(event) {
      rewrites.push(event);
      const key = `${event.rule} at ${event.node}`;
      const count = (firings.get(key) ?? 0) + 1;
      firings.set(key, count);
      if (count > MAX_FIRINGS + 2 * widest) complain(event);
    },
    swept(left) {
      const { size, widest: widestNow } = measure(left);
      widest = widestNow;
      if (size < smallest) {
        [smallest, sweeps, rewrites] = [size, 0, []];
        firings.clear();
      } else if (++sweeps > MAX_SWEEPS + 2 * widest) complain(rewrites.at(-1)!);
    },
  };
}
