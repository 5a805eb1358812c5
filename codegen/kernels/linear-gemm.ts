/** Fully connected layers of many rows on hardware: products of matrices by workgroups. */
import { elementCount } from '../../ir/index.ts';
import type { Job, Kernel } from '../kernel.ts';
import { gemmCandidates, type GemmProblem } from './gemm-steps.ts';

export const linearGemm: Kernel<'linear'> = {
  name: 'linear-gemm',
  doc: 'Constant weights; for batches.',
  madeFor: 'hardware',
  refuses: ({ inputs }) =>
    inputs[1]!.packable ? null : 'the weights are not constant, or reshaped',
  candidates: (job, device) => gemmCandidates(job, problemOf(job), device),
};

function problemOf({ inputs, output }: Job<'linear'>): GemmProblem {
  const [outputs, depth] = inputs[1]!.shape as [number, number];
  return {
    kernel: 'linear-gemm',
    groups: 1,
    rows: outputs,
    columns: elementCount(output.shape) / outputs,
    depth,
    plane: 1,
    bind: (b) => ({
      words: [],
      prepare: '',
      loadColumn: `let loaded = ${b.read('x', inputs[0]!)('column * p.depth + k')};`,
    }),
  };
}
