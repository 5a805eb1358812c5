/** What a compilation did, and what it did not do and why. Events hold names, never weights. */
import type { NodeId } from '../ir/index.ts';

export interface Event {
  readonly kind: 'applied' | 'refused';
  readonly pass: string;
  readonly rule: string;
  /** The root of the match. */
  readonly node: NodeId;
  /** The root, then the other nodes and operands that the match is about. */
  readonly nodes: readonly NodeId[];
  /** The identity of the rule that was applied, or the condition that failed. */
  readonly why: string;
  /** For a refusal: whether the rewrite would be wrong (`sound`) or merely no gain (`worth`). */
  readonly condition?: 'sound' | 'worth';
}

/** Without events that say the same: two places of one operand are two matches. */
export function distinctEvents(log: readonly Event[]): Event[] {
  const seen = new Set<string>();
  return log.filter((event) => {
    const text = JSON.stringify(event);
    return !seen.has(text) && seen.add(text);
  });
}

/** One line an event. */
export const printLog = (log: readonly Event[]): string =>
  log
    .map(({ kind, rule, nodes, why }) => `${kind} ${rule} at ${nodes.join(', ')}: ${why}`)
    .join('\n');
