/** What of given measurements counts for nothing in a session: else they would be ignored silently. */
import { findTuned, type LowerOptions } from '../../codegen/index.ts';
import type { Graph } from '../../ir/index.ts';
import type { Device } from '../runtime/device.ts';
import { adapterKey } from './adapter-key.ts';
import { groupJobs } from './job-groups.ts';
import { nameOf } from './read-tuning.ts';
import { jobsOn, type Tuning } from './tuning.ts';

/** A sentence; null where all that there is for the graph is used. */
export function describeUnused(
  tuning: Tuning,
  graph: Graph,
  device: Device,
  lowering: LowerOptions,
): string | null {
  const [name, adapter] = [nameOf(tuning), adapterKey(device)];
  if (!Object.hasOwn(tuning.adapters, adapter)) {
    const others = Object.keys(tuning.adapters).map((one) => `"${one}"`);
    const has = others.length === 0 ? 'it is empty' : `it has ${others.join(', ')}`;
    return `${name} is not used: nothing in it is for this adapter, "${adapter}"; ${has}`;
  }
  const jobs = jobsOn(tuning, adapter);
  const groups = groupJobs(graph, device.profile, lowering);
  const own = groups.filter(({ key }) => Object.hasOwn(jobs, key));
  const stale = own.filter(
    ({ offered: { job, kernels } }) => !findTuned(kernels, job, device.profile, jobs),
  ).length;
  if (stale === 0) return null;
  return (
    `${stale} of the ${own.length} measurements for this model in ${name} are not used: ` +
    'they are of kernels that have changed since; measure again'
  );
}
