/** In which precision the numbers of a graph are stored on the device, and computed with. */
import type { Graph, ValueId } from '../ir/index.ts';
import { nameContents } from './in-place.ts';
import type { DeviceProfile, Precision } from './plan.ts';

/** Each in float32 by default. Float16 counts where the device has it, the feature `shader-f16`. */
export interface Precisions {
  /** How weights of convolutions and linear layers are stored. */
  readonly weights?: Precision | undefined;
  /** How values between layers are stored. */
  readonly activations?: Precision | undefined;
  /** Whether products, and short sums of them, may be in float16 where both operands are stored so. */
  readonly arithmetic?: Precision | undefined;
}

/** How inputs and outputs of a graph are stored, by name; in float32 by default. */
export type PortTypes = Readonly<Record<string, Precision>>;

interface AllPrecisions extends Precisions {
  readonly ports?: PortTypes | undefined;
}

/** What of them a device can do. */
export const precisionsOn = (
  { weights = 'f32', activations = 'f32', arithmetic = 'f32', ports = {} }: AllPrecisions,
  { features }: DeviceProfile,
) =>
  features.includes('shader-f16')
    ? { weights, activations, arithmetic, ports }
    : ({ weights: 'f32', activations: 'f32', arithmetic: 'f32', ports: {} } as const);

/**
 * How each value is stored, by id. Inputs and outputs of the graph are as they are asked for, so that its first and
 * last layers convert; constants are in float32.
 */
export function storedTypes(
  graph: Graph,
  activations: Precision = 'f32',
  ports: PortTypes = {},
): (id: ValueId) => Precision {
  const contents = nameContents(graph);
  // A port may have the name of something that every object has.
  const portType = (name: string) => (Object.hasOwn(ports, name) ? ports[name]! : 'f32');
  const types = new Map<ValueId, Precision>();
  for (const { name, value } of graph.outputs) types.set(contents(value), portType(name));
  for (const { id } of graph.inputs) types.set(id, portType(id));
  for (const id of Object.keys(graph.consts)) types.set(id, 'f32');
  return (id) => types.get(contents(id)) ?? activations;
}
