/** Batch normalisations and scales that were folded into no convolution, and why. */
import {
  elementCount,
  view,
  type Graph,
  type Node,
  type NodeId,
  type View,
} from '../../ir/index.ts';

/** A layer that is one factor and one term for each channel, or the factor alone. */
export interface StayingScale {
  readonly node: NodeId;
  readonly op: 'batchNorm' | 'mul';
  /** What it would have to be for it to be folded; told where no rule was refused at it. */
  readonly why: string;
}

export const scaleRemedy =
  'It folds into a convolution right before it only. Where you can train again, move it there; otherwise it costs one layer that stays.';

/** Those but branches of sums, of which the sums tell. */
export function stayingScales(graph: Graph, sums: ReadonlySet<NodeId>): StayingScale[] {
  const g = view(graph);
  const ofSums = graph.nodes.filter(({ id }) => sums.has(id));
  const branches = new Set(ofSums.flatMap(({ inputs }) => inputs));
  const padded = paddedReaders(graph);
  return graph.nodes.flatMap((node) => {
    const from = scaled(node, g);
    if (from === null || branches.has(node.outputs[0].id)) return [];
    const op = node.op as StayingScale['op'];
    return [{ node: node.id, op, why: `${whyNotBefore(from, g)}${whyNotAfter(node, padded)}` }];
  });
}

/** What a batch normalisation, or a product with one factor for each channel, reads; null of all others. */
function scaled(node: Node, g: View): string | null {
  if (node.op === 'batchNorm') return node.inputs[0]!;
  if (node.op !== 'mul') return null;
  const channels = node.outputs[0].shape[1];
  const isFactor = (id: string): boolean => {
    const shape = g.constant(id)?.shape;
    return shape !== undefined && shape.at(-3) === channels && elementCount(shape) === channels;
  };
  const [a, b] = node.inputs as readonly [string, string];
  if (isFactor(b)) return a;
  return isFactor(a) ? b : null;
}

function whyNotBefore(from: string, g: View): string {
  const before = g.definition(from);
  if (!before) return `it reads the input "${from}", so there is no convolution before it`;
  const name = `${before.op} "${before.id}"`;
  if (before.op !== 'conv2d' && before.op !== 'convTranspose2d') {
    return `it follows ${name}, which is no convolution`;
  }
  return `not all weights of it and of ${name} are constants, or no pass that ran folds it`;
}

/** The convolutions that pad a value, by the value. */
const paddedReaders = ({ nodes }: Graph): Map<string, NodeId> =>
  new Map(
    nodes.flatMap((node) =>
      node.op === 'conv2d' && node.attrs.pads.some((pad) => pad > 0)
        ? [[node.inputs[0]!, node.id] as const]
        : [],
    ),
  );

/** What forbids to fold it forward, if anything does. */
function whyNotAfter({ op, outputs }: Node, padded: ReadonlyMap<string, NodeId>): string {
  const reader = padded.get(outputs[0].id);
  if (op !== 'batchNorm' || reader === undefined) return '';
  return `; nor can conv2d "${reader}" after it take it, since its padding is not normalised`;
}
