/** Which values are never stored as themselves, since the job before leaves what the job after takes. */
import type { ValueId } from '../ir/index.ts';
import type { Candidate, Job, Operand } from './kernel.ts';

/** A job and what was chosen for it. */
export interface Chosen {
  readonly job: Job;
  readonly candidate: Candidate;
}

/**
 * Values that one job writes and one job reads, as its first input and nowhere else, the layouts in which they
 * leave and take it being the same. Outputs of the graph are not among them.
 */
export function findJoints(all: readonly Chosen[], outputs: ReadonlySet<ValueId>): ValueId[] {
  const readers = new Map<ValueId, Chosen[]>();
  const writers = new Map<ValueId, Chosen[]>();
  const note = (map: Map<ValueId, Chosen[]>, operand: Operand | null, one: Chosen) => {
    if (operand) map.set(operand.id, [...(map.get(operand.id) ?? []), one]);
  };
  for (const one of all) {
    for (const operand of [...one.job.inputs, one.job.residual]) note(readers, operand, one);
    note(writers, one.job.output, one);
  }
  return [...writers].flatMap(([id, [before, ...otherWriters]]) => {
    const [after, ...otherReaders] = readers.get(id) ?? [];
    if (otherWriters.length > 0 || otherReaders.length > 0 || outputs.has(id)) return [];
    const layout = before?.candidate.leaves;
    if (!layout || after?.candidate.takes !== layout || after.job.inputs[0]?.id !== id) return [];
    return [id];
  });
}
