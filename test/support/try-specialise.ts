import { ReparamError, specialise, type Graph } from '../../ir/index.ts';

/** The graph with its sizes fixed; null where a kernel does not fit into the image of this size: the one thing that may go wrong. */
export function trySpecialise(graph: Graph, dims: Record<string, number>): Graph | null {
  try {
    return specialise(graph, dims);
  } catch (error) {
    if (error instanceof ReparamError && error.message.includes('does not fit')) return null;
    throw error;
  }
}
