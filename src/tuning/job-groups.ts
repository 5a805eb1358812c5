/** The distinct jobs of a graph. */
import { jobKey, jobsOf, precisionsOn } from '../../codegen/index.ts';
import type { DeviceProfile, LowerOptions, OfferedJob } from '../../codegen/index.ts';
import { choose } from '../../codegen/choose.ts';
import { isOffered } from '../../codegen/pairs.ts';
import type { Graph, NodeId } from '../../ir/index.ts';

export interface JobGroup {
  readonly key: string;
  /** The first of them. */
  readonly offered: OfferedJob;
  /** The nodes whose output is computed so. */
  readonly nodes: readonly NodeId[];
  /** Estimated nanoseconds of them all: only the order matters. */
  readonly cost: number;
}

/** In the order in which the first of each runs. */
export function groupJobs(
  graph: Graph,
  profile: DeviceProfile,
  lowering: LowerOptions,
): JobGroup[] {
  const groups = new Map<string, OfferedJob[]>();
  for (const offered of jobsOf(graph, { ...lowering, ...precisionsOn(lowering, profile) })) {
    if (!isOffered(offered, profile)) continue;
    const key = jobKey(offered.job);
    groups.set(key, [...(groups.get(key) ?? []), offered]);
  }
  return [...groups].map(([key, all]) => {
    const [offered] = all as [OfferedJob];
    const { cost } = choose(offered.kernels, offered.job, profile).candidate;
    return { key, offered, nodes: all.map(({ node }) => node), cost: cost * all.length };
  });
}
