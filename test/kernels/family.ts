/** What is generated for the kernels: families of graphs that share pipelines. */
import type fc from 'fast-check';
import type { Graph, OpName } from '../../ir/index.ts';

/**
 * Graphs of one node, "y", or of a layer "y" and the sum "s" after it that runs in its kernel, or also of the
 * depthwise convolution "d" before it. Those of a family differ in sizes rather than in what shaders depend on: compiling takes most of the time.
 */
export interface Family {
  readonly name: string;
  readonly op: OpName;
  readonly graphs: fc.Arbitrary<Graph>;
  /** Of these kernels alone; otherwise of all that take the graph. */
  readonly kernels?: readonly string[];
  /** One candidate of each kernel is enough, such as for each activation. */
  readonly sampled?: boolean;
}
