/** Where the borders of the images are felt, along one axis. */
import { extent, view, type Graph, type Node, type ValueId } from '../../ir/index.ts';

/** Height or width, of images [N,C,H,W]. */
export type Axis = 2 | 3;

/** The positions from `from` to before `to` that no padding reaches; `stride` input positions apart. */
interface Interior {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

/** The interior of what a window makes of that of its input; null where the node has no window. */
function throughWindow(
  node: Node,
  axis: Axis,
  x: Interior,
  shapeOf: (id: ValueId) => readonly unknown[],
): Interior | null {
  const { op } = node;
  const isConv = op === 'conv2d' || op === 'convTranspose2d';
  if (!isConv && op !== 'maxPool' && op !== 'averagePool') return null;
  const { strides, pads } = node.attrs;
  const [stride, before] = [strides[axis - 2]!, pads[axis - 2]!];
  const kernel = isConv
    ? extent(shapeOf(node.inputs[1]!)[axis] as number, node.attrs.dilations[axis - 2]!)
    : node.attrs.kernel_shape[axis - 2]!;
  if (op === 'convTranspose2d') {
    // Where every tap that can fall on an output comes from the interior; one less than a stride shorter, so
    // that what is left stands for outputs of every phase.
    return {
      from: Math.max(0, x.from * stride + kernel - 1 - before),
      to: Math.min(x.to * stride - before, node.outputs[0].shape[axis] as number) - stride + 1,
      stride: Math.max(1, x.stride / stride),
    };
  }
  return {
    from: Math.ceil((x.from + before) / stride),
    to: Math.floor((x.to - kernel + before) / stride) + 1,
    stride: x.stride * stride,
  };
}

/**
 * The product of strides up to the outputs, and whether there is an interior: positions that no border
 * reaches, so that every border is seen apart from the others. `one by one` asks each window for an
 * interior of its own, as deep networks have none of the whole. Sizes must be fixed.
 */
export function interiorOf(
  graph: Graph,
  axis: Axis,
  how: 'through' | 'one by one' = 'through',
): { readonly exists: boolean; readonly stride: number } {
  const g = view(graph);
  const sizeOf = (id: ValueId): number => (g.shape(id)[axis] as number | undefined) ?? 1;
  const all = new Map<ValueId, Interior>();
  const interior = (id: ValueId): Interior => all.get(id) ?? { from: 0, to: sizeOf(id), stride: 1 };
  let exists = true;
  for (const node of graph.nodes) {
    const id = node.outputs[0].id;
    const [first] = node.inputs;
    const x = interior(first!);
    const read = how === 'through' ? x : { ...x, from: 0, to: sizeOf(first!) };
    const result = throughWindow(node, axis, read, g.shape);
    if (result) {
      all.set(id, result);
      exists &&= how === 'through' || result.from < result.to;
      continue;
    }
    const size = sizeOf(id);
    const operands = node.inputs.filter((x) => x !== null && !g.constant(x)).map((x) => x!);
    const wide = operands.filter((x) => sizeOf(x) === size && size > 1);
    const parts = operands.map(interior);
    const stride = Math.max(1, ...parts.map((part) => part.stride));
    const isEmpty = parts.some((part) => part.from >= part.to);
    all.set(id, {
      from: Math.max(0, ...wide.map((x) => interior(x).from)),
      to: isEmpty ? 0 : Math.min(size, ...wide.map((x) => interior(x).to)),
      stride,
    });
  }
  const results = graph.outputs.map(({ value }) => interior(value));
  return {
    exists: exists && results.every(({ from, to }) => from < to || how !== 'through'),
    stride: Math.max(1, ...results.map(({ stride }) => stride)),
  };
}
