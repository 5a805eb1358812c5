/** Which kernels and candidates a device has for a graph of one job. */
import type { DeviceProfile } from '../../codegen/index.ts';
import type { Job, Operand } from '../../codegen/kernel.ts';
import { kernelsOf } from '../../codegen/kernels/index.ts';
import { noActivation, staticShape, view, type Graph, type ValueId } from '../../ir/index.ts';

/** What a kernel says to a job: the labels of its candidates, or why it has none. */
export interface Offer {
  readonly kernel: string;
  readonly labels: readonly string[];
  readonly refusal: string | null;
}

/** The job of "y", and of the sum "s" of it where there is one. */
export function jobOf(graph: Graph): Job {
  const g = view(graph);
  const operand = (id: ValueId): Operand => {
    const kind = id in graph.consts ? 'constant' : 'activation';
    return { kind, id, shape: staticShape(g.value(id).shape, id), packable: kind === 'constant' };
  };
  const [node, sum] = graph.nodes;
  const last = sum ?? node!;
  return {
    node: node!,
    inputs: node!.inputs.map((id) => (id === null ? null : operand(id))),
    output: operand(last.outputs[0].id),
    residual: sum ? operand('r') : null,
    act: 'act' in last.attrs ? last.attrs : noActivation,
    fresh: (hint) => hint,
  };
}

export function offersOf(graph: Graph, device: DeviceProfile): Offer[] {
  const job = jobOf(graph);
  const kernels = kernelsOf(job.node.op);
  if (kernels === 'alias') return [];
  return kernels.map((kernel): Offer => {
    const refusal = kernel.refuses(job, device);
    const labels = refusal === null ? kernel.candidates(job, device).map(({ label }) => label) : [];
    return { kernel: kernel.name, labels, refusal };
  });
}
