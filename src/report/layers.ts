/** The figures of each layer. */
import { elementCount, nodeCost, nominalShape, view } from '../../ir/index.ts';
import type { Graph, Node, NodeId, Shape } from '../../ir/index.ts';
import { describeNode } from './describe-node.ts';

export interface Layer {
  readonly id: NodeId;
  readonly op: Node['op'];
  readonly label: string;
  readonly detail: string;
  /** Of its output. */
  readonly shape: Shape;
  /** Learned elements, as `graphStats` counts them. */
  readonly params: number;
  readonly macs: number;
  /** Read and written, weights included. */
  readonly bytes: number;
  /** Multiply-adds per byte moved; undefined where nothing is moved. */
  readonly intensity: number | undefined;
  /** Microseconds, where measured. */
  readonly time: number | undefined;
}

export function layersOf(graph: Graph, times: Readonly<Record<NodeId, number>> = {}): Layer[] {
  const g = view(graph);
  return graph.nodes.map((node) => {
    const { macs, bytes } = nodeCost(node, g.shape);
    // BatchNorm's running statistics are not learned.
    const weights = node.op === 'batchNorm' ? node.inputs.slice(0, 3) : node.inputs;
    const params = weights
      .map((id) => (id === null ? undefined : g.constant(id)))
      .reduce((n, constant) => n + (constant ? elementCount(nominalShape(constant.shape)) : 0), 0);
    return {
      id: node.id,
      op: node.op,
      ...describeNode(node, g),
      shape: node.outputs[0].shape,
      params,
      macs,
      bytes,
      intensity: bytes > 0 ? macs / bytes : undefined,
      time: Object.hasOwn(times, node.id) ? times[node.id] : undefined,
    };
  });
}

export const total = (layers: readonly Layer[], figure: (layer: Layer) => number): number =>
  layers.reduce((sum, layer) => sum + figure(layer), 0);
