/** Float32 results against float64 ones, by how large the terms were that they were made of. */
import { expect } from 'vitest';
import { evaluate, Tensor } from '../../ir/index.ts';
import type { Constant, Fused, Graph } from '../../ir/index.ts';

/** Half the distance between neighbouring float32 numbers at 1. */
export const unit = 2 ** -24;

const absolute = (constant: Constant): Constant =>
  constant instanceof Tensor
    ? new Tensor(constant.shape, constant.data.map(Math.abs) as Float32Array)
    : constant;

/** The graph with none of the activations that are attributes of other nodes. */
export function withoutActivations(graph: Graph): Graph {
  const plain: Fused = { act: 'none', actParams: [] };
  const nodes = graph.nodes.map((node) =>
    'act' in node.attrs ? ({ ...node, attrs: { ...node.attrs, ...plain } } as typeof node) : node,
  );
  return { ...graph, nodes };
}

/**
 * For every output element the sum of the absolute values of its terms: the graph on absolute weights
 * and inputs, without its activations. Meant for convolutions, linear layers and sums.
 */
export function magnitudes(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const mapped = <T extends Constant>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).map(([id, one]) => [id, absolute(one) as T]));
  const plain = withoutActivations(graph);
  return evaluate({ ...plain, consts: mapped(graph.consts) }, mapped(inputs));
}

/** Asserts that each element is off by at most `units` roundings of its magnitude. */
export function expectWithin(
  actual: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
  magnitude: Readonly<Record<string, Tensor>>,
  units: number,
): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, wanted] of Object.entries(expected)) {
    const given = actual[name]!;
    expect({ name, shape: given.shape }).toEqual({ name, shape: wanted.shape });
    let worst = { off: 0, at: -1 };
    for (let i = 0; i < wanted.data.length; i++) {
      // Below the normal range a GPU may flush to zero.
      const allowed = unit * units * magnitude[name]!.data[i]! + 2 ** -126;
      const off = Math.abs(given.data[i]! - wanted.data[i]!) / allowed;
      // Also when `off` is NaN.
      if (!(off <= worst.off)) worst = { off, at: i };
    }
    const { at } = worst;
    const found = `${name}[${at}] is ${given.data[at]}, not ${wanted.data[at]}`;
    expect(worst.off <= 1 ? 'close' : found).toBe('close');
  }
}
