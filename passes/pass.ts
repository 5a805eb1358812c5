/** The pass manager. */
import { printType, ReparamError, verify, view, type Graph } from '../ir/index.ts';
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

/** The passes together, again and again until none of them changes anything. */
export const untilStable = (name: string, passes: readonly Pass[]): Pass => ({
  name,
  run(graph) {
    const applied: Event[] = [];
    let current = graph;
    // What two equal nodes stood in the way of may make the next two equal, so once for each node.
    const rounds = 100 + graph.nodes.length;
    for (let round = 0; round < rounds; round++) {
      const result = runPasses(current, passes);
      applied.push(...result.log.filter(({ kind }) => kind === 'applied'));
      if (result.graph === current) return { graph: current, log: [...applied, ...result.log] };
      current = result.graph;
    }
    const last = applied.at(-1);
    const what = `${passes.map((p) => p.name).join(', ')} still change the graph`;
    throw new ReparamError('pass', `${what} after ${rounds} rounds`, last?.node);
  },
});

/**
 * Runs the passes in their order; the graph is verified before the first and after each.
 * Throws what `verify` throws for the given graph, and a `pass` error that names the pass that broke it.
 */
export function runPasses(graph: Graph, passes: readonly Pass[]): PassResult {
  let current = verifyOnce(graph);
  const log: Event[] = [];
  for (const { name, run } of passes) {
    try {
      const result = run(current);
      log.push(...result.log);
      if (result.graph === current) continue;
      current = verifyOnce(result.graph);
      expectSameInterface(graph, current);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      const { message, subject } = error;
      throw new ReparamError('pass', `pass ${name}: ${message}`, subject, { cause: error });
    }
  }
  return { graph: current, log };
}

const verified = new WeakSet<Graph>();

/** Passes may be made of passes; graphs never change. */
function verifyOnce(graph: Graph): Graph {
  if (!verified.has(graph)) verified.add(verify(graph));
  return graph;
}

function expectSameInterface(before: Graph, after: Graph): void {
  const inputs = ({ inputs: all }: Graph) => all.map((v) => `${v.id}: ${printType(v)}`);
  const outputs = (g: Graph) =>
    g.outputs.map(({ name, value }) => `${name}: ${printType(view(g).value(value))}`);
  for (const list of [inputs, outputs]) {
    const [was, is] = [list(before).join(', '), list(after).join(', ')];
    if (was === is) continue;
    throw new ReparamError('invalid-graph', `changed the interface ${was} to ${is}`);
  }
}
