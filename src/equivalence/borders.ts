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

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
}

function windowOf(
  node: Node,
  axis: Axis,
  kernelShape: (id: ValueId) => readonly unknown[],
): Window | null {
  if (node.op !== 'conv2d' && node.op !== 'maxPool' && node.op !== 'averagePool') return null;
  const { strides, pads } = node.attrs;
  const kernel =
    node.op === 'conv2d'
      ? extent(kernelShape(node.inputs[1]!)[axis] as number, node.attrs.dilations[axis - 2]!)
      : node.attrs.kernel_shape[axis - 2]!;
  return { kernel, stride: strides[axis - 2]!, before: pads[axis - 2]! };
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
    const window = windowOf(node, axis, g.shape);
    if (window) {
      const x = interior(node.inputs[0]!);
      const { from, to } = how === 'through' ? x : { from: 0, to: sizeOf(node.inputs[0]!) };
      const { kernel, stride, before } = window;
      const result = {
        from: Math.ceil((from + before) / stride),
        to: Math.floor((to - kernel + before) / stride) + 1,
        stride: x.stride * stride,
      };
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
