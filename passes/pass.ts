/** The pass manager. */
import { ReparamError, verify, type Graph } from '../ir/index.ts';
import type { Event } from './log.ts';

export interface PassResult {
  readonly graph: Graph;
  readonly log: readonly Event[];
}

/** A step of the pipeline: a function from graph to graph that tells what it did. */
export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => PassResult;
}

/** A pass that has nothing to explain. */
export const pass = (name: string, run: (graph: Graph) => Graph): Pass => ({
  name,
  run: (graph) => ({ graph: run(graph), log: [] }),
});

/**
 * Runs the passes in their order; the graph is verified before the first and after each.
 * Throws what `verify` throws for the given graph, and a `pass` error that names the pass that broke it.
 */
export function runPasses(graph: Graph, passes: readonly Pass[]): PassResult {
  let current = verify(graph);
  const log: Event[] = [];
  for (const { name, run } of passes) {
    try {
      const result = run(current);
      log.push(...result.log);
      if (result.graph !== current) current = verify(result.graph);
      expectSameInterface(graph, current);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      const { message, subject } = error;
      throw new ReparamError('pass', `pass ${name}: ${message}`, subject, { cause: error });
    }
  }
  return { graph: current, log };
}

function expectSameInterface(before: Graph, after: Graph): void {
  const inputs = (g: Graph) => g.inputs.map((v) => `${v.id}: ${v.dtype}[${v.shape.join(',')}]`);
  const outputs = (g: Graph) => g.outputs.map(({ name }) => name);
  for (const list of [inputs, outputs]) {
    const [was, is] = [list(before).join(', '), list(after).join(', ')];
    if (was !== is)
      throw new ReparamError('invalid-graph', `changed the interface ${was} to ${is}`);
  }
}
