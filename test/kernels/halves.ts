/** Kernels in float16: how they are lowered, data that float16 holds, and what storing a result may lose. */
import type { LowerOptions } from '../../codegen/index.ts';
import { Tensor, type Graph, type Node } from '../../ir/index.ts';
import { layerOf } from './candidates.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** All that a kernel loads and stores, but the weights of F(4x4, 3x3), which have no float16 form. */
export function halfLowering(graph: Graph, kernel: string): LowerOptions {
  const weights = ['conv-winograd', 'conv-winograd-gemm'].includes(kernel) ? 'f32' : 'f16';
  const names = [...graph.inputs.map(({ id }) => id), ...graph.outputs.map(({ name }) => name)];
  const ports = Object.fromEntries(names.map((name) => [name, 'f16'] as const));
  return { weights, activations: 'f16', arithmetic: weights, ports };
}

/**
 * The graph and its inputs, rounded. Products of layers and sums of 16 of them are exact, too: multiples of 1/4 below
 * 2 make multiples of 1/16 below 64. So are weights that are transformed for F(2x2, 3x3), multiples of 1/16 below 4.5.
 */
export function roundToHalves(graph: Graph, inputs: Inputs): { graph: Graph; inputs: Inputs } {
  const isProduct = ({ op }: Node) => ['conv2d', 'convTranspose2d', 'linear'].includes(op);
  const isLayer = isProduct(layerOf(graph));
  const stepOf = (value: number) =>
    isLayer ? 1 / 4 : 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
  const round = ({ shape, data }: Tensor) =>
    new Tensor(
      shape,
      Float32Array.from(data, (value) => {
        const step = stepOf(value);
        return Math.sign(value) * step * Math.max(1, Math.round(Math.abs(value) / step));
      }),
    );
  const weights = new Set(graph.nodes.filter(isProduct).map(({ inputs: operands }) => operands[1]));
  const consts = Object.entries(graph.consts).map(
    ([id, one]) => [id, weights.has(id) ? round(one as Tensor) : one] as const,
  );
  return {
    graph: { ...graph, consts: Object.fromEntries(consts) },
    inputs: Object.fromEntries(Object.entries(inputs).map(([id, one]) => [id, round(one)])),
  };
}

/** WGSL stores one of the two neighbours of a value, and may store zero for one below the normal range. */
export const storingLoses = (magnitude: number): number => 2 ** -10 * magnitude + 2 ** -14;
