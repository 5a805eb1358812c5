/** Running a graph once on a GPU. */
import { lower, type DeviceProfile, type LowerOptions } from '../../codegen/index.ts';
import type { Graph, Tensor } from '../../ir/index.ts';
import type { Device } from '../../src/runtime/index.ts';
import { startPlan } from '../../src/runtime/session.ts';

export interface RunOptions {
  readonly lowering?: LowerOptions;
  /** Limits to lower for, narrower than the device's. */
  readonly limits?: Partial<DeviceProfile['limits']>;
}

/** The outputs, and the plan that gave them. */
export async function runGraph(
  device: Device,
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  { lowering = {}, limits = {} }: RunOptions = {},
) {
  const profile = { ...device.profile, limits: { ...device.profile.limits, ...limits } };
  const plan = lower(graph, profile, lowering);
  using session = await startPlan(plan, graph.consts, { device });
  return { outputs: await session.run(inputs), plan };
}
