/** From a model to a plain graph, and from there to the GPU. */
import { defaultProfile, lower } from '../codegen/index.ts';
import type { DeviceProfile, Plan } from '../codegen/index.ts';
import {
  expectGraph,
  nominalDims,
  ReparamError,
  specialise,
  type Graph,
  type NodeId,
} from '../ir/index.ts';
import { pipeline, runPasses, type Event, type Pass } from '../passes/index.ts';
import { openSession, type Session, type SessionOptions } from './runtime/index.ts';

export interface CompileOptions {
  /** The passes to run, in order; by default `pipeline`. */
  readonly passes?: readonly Pass[];
}

export interface Compiled {
  /** The plain graph. It computes the same as the source. */
  readonly graph: Graph;
  readonly source: Graph;
  /** Every rewrite that was applied, and every one that was refused, with the reason. */
  readonly log: readonly Event[];
  /** Opens a session on the GPU; the sizes of symbolic dimensions are given as `{ N: 1 }`. */
  readonly session: (
    dims?: Readonly<Record<string, number>>,
    options?: SessionOptions,
  ) => Promise<Session>;
  /** What a session would do. Open sizes count as a batch of 1 and 224 pixels, unless given. */
  readonly plan: (dims?: Readonly<Record<string, number>>, profile?: DeviceProfile) => Plan;
  /** The WGSL of the kernels that compute a node. Throws an `input` error that lists the nodes. */
  readonly wgsl: (
    node: NodeId,
    dims?: Readonly<Record<string, number>>,
    profile?: DeviceProfile,
  ) => string;
}

/**
 * Rewrites a model into a plain one that computes the same. Deterministic; the model is not changed.
 * Throws what `verify` throws for a malformed graph, and `pass` errors that name the pass at fault.
 */
export function compile(source: Graph, options: CompileOptions = {}): Compiled {
  expectGraph(source, 'compile');
  const { graph, log } = runPasses(source, options.passes ?? pipeline);
  const plan: Compiled['plan'] = (dims = {}, profile = defaultProfile) =>
    lower(specialise(graph, { ...nominalDims(graph), ...dims }), profile);
  return {
    graph,
    source,
    log,
    session: async (dims = {}, sessionOptions = {}) =>
      openSession(graph, { ...sessionOptions, dims: { ...sessionOptions.dims, ...dims } }),
    plan,
    wgsl(node, dims, profile) {
      const { dispatches, pipelines } = plan(dims, profile);
      const own = dispatches.filter(({ covers }) => covers.includes(node));
      if (own.length === 0) {
        const known = [...new Set(dispatches.flatMap(({ covers }) => covers))].join(', ');
        const message = `no kernel computes "${node}"; there are kernels for ${known}`;
        throw new ReparamError('input', message, node);
      }
      return [...new Set(own.map(({ pipeline: index }) => pipelines[index]!.wgsl))].join('\n');
    },
  };
}
