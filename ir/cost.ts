/** What a node and a graph cost: multiply-adds, bytes moved, dispatches, parameters. */
import { elementCount, isStatic, type Shape, type StaticShape } from './dim.ts';
import type { Graph, Node } from './graph.ts';
import { opDef } from './registry.ts';
import { bytesPerElement } from './tensor.ts';
import { view, type View } from './view.ts';

export interface Cost {
  readonly macs: number;
  /** Read and written, weights included. */
  readonly bytes: number;
  readonly dispatches: number;
}

/** Where a size is open, costs are those of this many: only their order matters then. */
const OPEN_BATCH = 1;
const OPEN_SIZE = 56;

/** Open sizes made up: a first axis counts as a batch of 1, any other as 56. */
export function nominalShape(shape: Shape): StaticShape {
  return isStatic(shape)
    ? shape
    : shape.map((d, i) => (typeof d === 'number' ? d : i === 0 ? OPEN_BATCH : OPEN_SIZE));
}

/** Ops that only rename memory and need no dispatch. */
const isFree = (node: Node) =>
  node.op === 'identity' || node.op === 'flatten' || node.op === 'reshape';

/** `shapeOf` tells the shape of an operand. */
export function nodeCost(node: Node, shapeOf: (id: string) => Shape): Cost {
  const inputs = node.inputs.map((id) => (id === null ? null : nominalShape(shapeOf(id))));
  const [output] = node.outputs;
  const out = nominalShape(output.shape);
  const macs = opDef(node.op).macs(inputs, out, node.attrs);
  if (isFree(node)) return { macs, bytes: 0, dispatches: 0 };
  const elements = [...inputs, out].reduce((n, s) => n + (s ? elementCount(s) : 0), 0);
  return { macs, bytes: elements * bytesPerElement[output.dtype], dispatches: 1 };
}

export const addCosts = (costs: readonly Cost[]): Cost => ({
  macs: costs.reduce((n, c) => n + c.macs, 0),
  bytes: costs.reduce((n, c) => n + c.bytes, 0),
  dispatches: costs.reduce((n, c) => n + c.dispatches, 0),
});

/**
 * One figure to compare by, in multiply-adds: a byte moved is worth 12 of them (10 TFLOP/s against
 * 400 GB/s), a dispatch 200,000 (some 0.04 ms at the 5 G/s of a slow device).
 */
export const weigh = ({ macs, bytes, dispatches }: Cost): number =>
  macs + 12 * bytes + 200_000 * dispatches;

export const printCost = ({ macs, bytes, dispatches }: Cost): string =>
  `${macs} multiply-adds, ${bytes} bytes, ${dispatches} dispatches`;

export interface GraphStats {
  readonly nodes: number;
  /** conv2d only. */
  readonly convs: number;
  readonly transposedConvs: number;
  readonly batchNorms: number;
  /** Learned elements: weights, biases and BatchNorm's scale and bias; no running statistics. */
  readonly params: number;
  /** Multiply-adds of conv2d, convTranspose2d and linear. */
  readonly macs: number;
}

function runningStatistics(g: View): Set<string> {
  const ids = new Set<string>();
  for (const node of g.graph.nodes) {
    if (node.op === 'batchNorm') for (const id of node.inputs.slice(3)) ids.add(id!);
  }
  return ids;
}

/** Counts over the whole graph. Fix symbolic sizes first for exact multiply-adds. */
export function graphStats(graph: Graph): GraphStats {
  const g = view(graph);
  const statistics = runningStatistics(g);
  const params = Object.entries(graph.consts)
    .filter(([id]) => !statistics.has(id))
    .reduce((n, [, { shape }]) => n + elementCount(shape), 0);
  const count = (op: Node['op']): number => graph.nodes.filter((n) => n.op === op).length;
  return {
    nodes: graph.nodes.length,
    convs: count('conv2d'),
    transposedConvs: count('convTranspose2d'),
    batchNorms: count('batchNorm'),
    params,
    macs: graph.nodes.reduce((n, node) => n + nodeCost(node, g.shape).macs, 0),
  };
}

/**
 * The most bytes of activations that are alive at once, node by node in the graph's order: a value from the
 * node that computes it to the last that reads it, inputs from the start and outputs to the end. Weights do
 * not count. Fix symbolic sizes first for an exact figure.
 */
export function peakActivationBytes(graph: Graph): number {
  const g = view(graph);
  const lastUse = new Map<string, number>();
  graph.nodes.forEach(({ inputs }, i) => inputs.forEach((id) => id !== null && lastUse.set(id, i)));
  for (const { value } of graph.outputs) lastUse.set(value, Infinity);
  const bytesOf = (id: string): number => {
    const { dtype, shape } = g.value(id);
    return elementCount(nominalShape(shape)) * bytesPerElement[dtype];
  };
  const isConstant = (id: string | null): boolean => id === null || g.constant(id) !== undefined;
  let alive = graph.inputs.reduce((bytes, { id }) => bytes + bytesOf(id), 0);
  let peak = alive;
  graph.nodes.forEach((node, i) => {
    for (const { id } of node.outputs) alive += bytesOf(id);
    peak = Math.max(peak, alive);
    const read = new Set([...node.inputs, ...node.outputs.map(({ id }) => id)]);
    for (const id of read) {
      if (!isConstant(id) && (lastUse.get(id!) ?? i) === i) alive -= bytesOf(id!);
    }
  });
  return peak;
}
