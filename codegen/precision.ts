/** How each value of a graph is stored on the device. */
import type { Graph, ValueId } from '../ir/index.ts';
import { nameContents } from './in-place.ts';
import type { Precision } from './plan.ts';

export interface StoredAs {
  /** Of values between layers. */
  readonly activations?: Precision | undefined;
  /** Of inputs and outputs of the graph, by name; by default float32. */
  readonly ports?: Readonly<Record<string, Precision>> | undefined;
}

/**
 * How values are stored, by id. Inputs and outputs of the graph stay in float32, so that its first and last layers
 * convert; so do constants.
 */
export function storedTypes(
  graph: Graph,
  { activations = 'f32', ports = {} }: StoredAs,
): (id: ValueId) => Precision {
  const contents = nameContents(graph);
  const types = new Map<ValueId, Precision>();
  for (const id of Object.keys(graph.consts)) types.set(id, 'f32');
  for (const { name, value } of graph.outputs) types.set(contents(value), ports[name] ?? 'f32');
  for (const { id } of graph.inputs) types.set(id, ports[id] ?? 'f32');
  return (id) => types.get(contents(id)) ?? activations;
}
