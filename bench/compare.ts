/** From what was measured to rows of the result: ours against each of the others. */
import { nodeCost, view, weigh, type Graph } from '../ir/index.ts';
import { addCosts } from '../ir/index.ts';
import { reparam } from './contestants.ts';
import type { Result } from './measure.ts';
import type { Form } from './protocol.ts';

/** Times are 25th percentiles in milliseconds. */
export interface Row {
  readonly case: string;
  readonly batch: number;
  /** `reparam plain`. */
  readonly subject: string;
  /** `onnxruntime-web webgpu plain`. */
  readonly peer: string;
  readonly msSubject: number;
  readonly msPeer: number;
  /** How many times as fast the subject is. */
  readonly ratio: number;
  /** The largest difference between an element of the outputs. */
  readonly maxAbsDiff: number;
  /** What the counted work predicts for `ratio`, where both are ours. */
  readonly predicted?: Predicted;
}

export interface Predicted {
  /** By multiply-adds alone. */
  readonly macs: number;
  /** By multiply-adds, bytes and dispatches, weighed as the compiler does. */
  readonly weighed: number;
}

const isOurs = ({ contestant }: Result) => contestant.name === reparam.name;
export const nameOf = ({ contestant, form }: Result): string => `${contestant.name} ${form}`;

/**
 * Plain against everybody's plain and training forms, training against everybody's training forms. The
 * form that is plain comes first, and in each the peer that is nearest.
 */
export function makeRows(
  name: string,
  batch: number,
  results: readonly Result[],
  predicted?: Predicted,
): Row[] {
  const row = (subject: Result, peer: Result): Row => ({
    case: name,
    batch,
    subject: nameOf(subject),
    peer: nameOf(peer),
    msSubject: subject.times.p25,
    msPeer: peer.times.p25,
    ratio: peer.times.p25 / subject.times.p25,
    maxAbsDiff: largestDifference(subject.output, peer.output),
    ...(predicted && isOurs(peer) && { predicted }),
  });
  const against = (subject: Result): Row[] =>
    results
      .filter((peer) => peer !== subject && (subject.form === 'plain' || !isOurs(peer)))
      .filter(({ form }) => subject.form === 'plain' || form === 'training')
      .map((peer) => row(subject, peer))
      .toSorted((a, b) => a.ratio - b.ratio);
  const ours = (form: Form) => results.find((one) => isOurs(one) && one.form === form);
  return [ours('plain'), ours('training')].flatMap((one) => (one ? against(one) : []));
}

/** How much more work the training form is. */
export function predict(plain: Graph, training: Graph): Predicted {
  const work = (graph: Graph) =>
    addCosts(graph.nodes.map((node) => nodeCost(node, view(graph).shape)));
  const [less, more] = [work(plain), work(training)];
  return { macs: more.macs / less.macs, weighed: weigh(more) / weigh(less) };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
