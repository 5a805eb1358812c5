/** The smallest sizes of images that show every border case of a region. */
import { ReparamError, sameShape, view } from '../../ir/index.ts';
import type { Graph, Node, Shape, ValueId } from '../../ir/index.ts';
import { interiorOf, type Axis } from './borders.ts';
import { withShapes } from './part.ts';

/** Two graphs of fixed sizes, with the same inputs and outputs. */
export interface Pair {
  readonly source: Graph;
  readonly rewritten: Graph;
}

/** Sizes along an axis, for those that the inputs have now. */
type Sizes = ReadonlyMap<number, number>;

/** What is computed with sizes as they are. */
const MOST_PHASES = 4;
const MOST_STRIDE = 32;

/** The pair with the inputs' shapes changed; null where that is not the same computation at another size. */
export function resize(pair: Pair, shapes: ReadonlyMap<ValueId, Shape>): Pair | null {
  try {
    const source = withShapes(pair.source, shapes);
    const rewritten = withShapes(pair.rewritten, shapes);
    const fits =
      keepsMeaning(pair.source, source) &&
      keepsMeaning(pair.rewritten, rewritten) &&
      source.outputs.every(({ name, value }) => {
        const other = rewritten.outputs.find((output) => output.name === name)!.value;
        return sameShape(view(source).shape(value), view(rewritten).shape(other));
      });
    return fits ? { source, rewritten } : null;
  } catch (error) {
    if (error instanceof ReparamError) return null;
    throw error;
  }
}

/** Whether nodes that mix positions up, or whose constants differ by position, have the sizes they had. */
function keepsMeaning(before: Graph, after: Graph): boolean {
  const [g, h] = [view(before), view(after)];
  return before.nodes.every((node, i) => {
    const other = after.nodes[i]!;
    if (node === other || !isFixed(node, before)) return true;
    return (
      [...node.inputs, node.outputs[0].id].every(
        (id) => id === null || sameShape(g.shape(id), h.shape(id)),
      ) && node.id === other.id
    );
  });
}

function isFixed(node: Node, graph: Graph): boolean {
  const { op } = node;
  if (op === 'flatten' || op === 'reshape' || op === 'linear' || op === 'softmax') return true;
  const rank = node.outputs[0].shape.length;
  if (op === 'concat') return (node.attrs.axis + rank) % rank > 1;
  if (op !== 'add' && op !== 'mul') return false;
  return node.inputs.some((id) => {
    const shape = view(graph).constant(id!)?.shape;
    return shape !== undefined && shape.slice(-2).some((size) => size !== 1);
  });
}

/**
 * The pair at the smallest sizes at which its outputs have an interior and every border apart, at most
 * those given. Sizes that are open are taken in every phase of the strides, so there may be several pairs;
 * the others keep theirs. Without such sizes the pair as it is.
 */
export function shrink(pair: Pair, isOpen: (id: ValueId, axis: Axis) => boolean): readonly Pair[] {
  const [heights, widths] = ([2, 3] as const).map((axis) => smallest(pair, axis, isOpen));
  const count = Math.max(heights!.length, widths!.length);
  const pairs = Array.from({ length: count }, (_, i) => {
    const shapes = shapesOf(pair.source, [
      [2, heights![i % heights!.length]!],
      [3, widths![(i + 1) % widths!.length]!],
    ]);
    return resize(pair, shapes);
  });
  const fitting = pairs.filter((one) => one !== null);
  return fitting.length > 0 ? fitting : [pair];
}

const shapesOf = (graph: Graph, sizes: readonly (readonly [Axis, Sizes])[]) =>
  new Map(
    graph.inputs.map(({ id, shape }) => {
      if (shape.length !== 4) return [id, shape] as const;
      const resized = [...shape];
      for (const [axis, map] of sizes) {
        resized[axis] = map.get(shape[axis] as number) ?? shape[axis]!;
      }
      return [id, resized] as const;
    }),
  );

function smallest(pair: Pair, axis: Axis, isOpen: (id: ValueId, axis: Axis) => boolean): Sizes[] {
  const images = pair.source.inputs.filter(({ shape }) => shape.length === 4);
  const sizes = new Set(images.map(({ shape }) => shape[axis] as number));
  const [largest, second, ...others] = [...sizes].filter((d) => d > 1).sort((p, q) => q - p);
  if (largest === undefined || others.length > 0) return [new Map()];
  const open = images.every(({ id, shape }) => (shape[axis] as number) === 1 || isOpen(id, axis));
  const found: Sizes[] = [];
  let phases = 1;
  for (let size = 2; size < largest && found.length < phases; size++) {
    const seconds = second === undefined ? [1] : range(1, size);
    for (const other of seconds) {
      const map = new Map([
        [largest, size],
        ...(second === undefined ? [] : [[second, other] as const]),
      ]);
      const resized = resize(pair, shapesOf(pair.source, [[axis, map]]));
      if (!resized) continue;
      const interiors = [resized.source, resized.rewritten].map((graph) => interiorOf(graph, axis));
      if (!interiors.every(({ exists }) => exists)) continue;
      const stride = Math.min(MOST_STRIDE, Math.max(...interiors.map((one) => one.stride)));
      if (!open && (largest - size) % stride !== 0) continue;
      phases = open ? Math.min(stride, MOST_PHASES) : 1;
      found.push(map);
      break;
    }
  }
  return found.length > 0 ? found : [new Map()];
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
