/** Sums that run in the kernel of the layer before them. */
import type { Fused, Graph, GraphBuilder } from '../../ir/index.ts';

/** What is computed, and not needed any more, may have the output written over it; an input is kept. */
export type Residual = 'kept' | 'overwritten';

/** The graph with "s", the sum of "y" and a residual, as its output. */
export function finishWithResidual(b: GraphBuilder, fused: Fused, residual: Residual): Graph {
  const { shape } = b.value('y');
  const isKept = residual === 'kept';
  b.input(isKept ? 'r' : 'q', shape);
  if (!isKept) b.node('sum', 'r', ['q']);
  b.node('sum', 's', ['r', 'y'], fused);
  const graph = b.finish([{ name: 's', value: 's' }]);
  if (isKept) return graph;
  // The residual has to be there before the layer runs.
  const r = graph.nodes.find(({ id }) => id === 'r')!;
  return { ...graph, nodes: [r, ...graph.nodes.filter((node) => node !== r)] };
}
