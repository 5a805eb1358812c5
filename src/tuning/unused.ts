/** What of given measurements counts for nothing in a session: else they would be ignored silently. */
import { findTuned, type LowerOptions } from '../../codegen/index.ts';
import type { Graph } from '../../ir/index.ts';
import type { Device } from '../runtime/device.ts';
import { adapterKey } from './adapter-key.ts';
import { groupJobs, type JobGroup } from './job-groups.ts';
import { nameOf } from './read-tuning.ts';
import { jobsOn, type Tuning } from './tuning.ts';

/** Whether anything in it is of a layer of the graph on this device. */
export const isAbout = (
  tuning: Tuning,
  graph: Graph,
  device: Device,
  lowering: LowerOptions,
): boolean => jobsFor(tuning, graph, device, lowering).length > 0;

function jobsFor(tuning: Tuning, graph: Graph, device: Device, lowering: LowerOptions): JobGroup[] {
  const jobs = jobsOn(tuning, adapterKey(device));
  const groups = groupJobs(graph, device.profile, lowering);
  return groups.filter(({ key }) => Object.hasOwn(jobs, key));
}

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
  const own = jobsFor(tuning, graph, device, lowering);
  if (own.length === 0) {
    return (
      `${name} is not used: none of what it has for this adapter is of a layer of this model; ` +
      'layers differ by their sizes, batch and precision, and by whether the model was optimized before'
    );
  }
  const stale = own.filter(
    ({ offered: { job, kernels } }) => !findTuned(kernels, job, device.profile, jobs),
  ).length;
  if (stale === 0) return null;
  return (
    `${stale} of the ${own.length} measurements for this model in ${name} are not used: ` +
    'they are of kernels that have changed since; measure again'
  );
}
