/** Which kernels and candidates a device has for the layer of a graph. */
import { jobsOf, type DeviceProfile, type LowerOptions } from '../../codegen/index.ts';
import type { Graph, Node } from '../../ir/index.ts';

/** What a kernel says to a job: the labels of its candidates, or why it has none. */
export interface Offer {
  readonly kernel: string;
  readonly labels: readonly string[];
  readonly refusal: string | null;
}

/** The node that a generated graph is about. */
export const layerOf = (graph: Graph): Node => graph.nodes.find(({ id }) => id === 'y')!;

/** For "y", for "y" and the sum that runs in its kernel, and for what is computed before in the same kernel. */
export function offersOf(
  graph: Graph,
  device: DeviceProfile,
  loweringFor: (kernel: string) => LowerOptions = () => ({}),
): Offer[] {
  const find = (options?: LowerOptions) =>
    jobsOf(graph, options).filter(({ covers }) => covers.includes('y'));
  return find().flatMap(({ kernels }, i) =>
    kernels.map((kernel): Offer => {
      const { job } = find(loweringFor(kernel.name))[i]!;
      const refusal = kernel.refuses(job, device);
      const labels =
        refusal === null ? kernel.candidates(job, device).map(({ label }) => label) : [];
      return { kernel: kernel.name, labels, refusal };
    }),
  );
}
