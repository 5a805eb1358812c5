/** The figures of each layer. */
import { elementCount, nodeCost, nominalShape, view } from '../../ir/index.ts';
import type { Graph, Node, NodeId, Shape } from '../../ir/index.ts';
import { nodesOfUnknownSizes } from '../known-sizes.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import type { LayerProfile } from '../profile/index.ts';
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
  /** Whether the sizes are; where only an opaque node tells them, `macs` and `bytes` are 0. */
  readonly known: boolean;
  readonly macs: number;
  /** Read and written, weights included. */
  readonly bytes: number;
  /** Multiply-adds per byte moved; undefined where nothing is moved. */
  readonly intensity: number | undefined;
  /** Where measured; that of all nodes that are computed together is with the first of them. */
  readonly profile: LayerProfile | undefined;
  /** The node that it is computed with, where that is another. */
  readonly within: NodeId | undefined;
}

export function layersOf(
  graph: Graph,
  opaque: readonly OpaqueNode[],
  profiles: readonly LayerProfile[] = [],
): Layer[] {
  const g = view(graph);
  const covered = profiles.filter(({ covers }) => covers.length > 0);
  const profileOf = new Map(covered.map((profile) => [profile.covers[0]!, profile]));
  const within = new Map(
    covered.flatMap(({ covers: [first, ...others] }) => others.map((id) => [id, first!] as const)),
  );
  const unknown = nodesOfUnknownSizes(graph, opaque);
  return graph.nodes.map((node) => {
    const known = !unknown.has(node.id);
    const { macs, bytes } = known ? nodeCost(node, g.shape) : { macs: 0, bytes: 0 };
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
      known,
      macs,
      bytes,
      intensity: bytes > 0 ? macs / bytes : undefined,
      profile: profileOf.get(node.id),
      within: within.get(node.id),
    };
  });
}

export const total = (layers: readonly Layer[], figure: (layer: Layer) => number): number =>
  layers.reduce((sum, layer) => sum + figure(layer), 0);
