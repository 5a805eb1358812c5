/** Generic data: deterministic by name, never zero, without structure that could hide a mistake. */
import { staticShape, Tensor, type DType, type Graph, type StaticShape } from '../../ir/index.ts';
import { elementCount, specialise, type WeightSource } from '../../ir/index.ts';

/** Numbers in [0, 1), always the same for a seed (FNV-1a, then mulberry32). */
export function randomNumbers(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Magnitudes between 0.1 and 1.5, of both signs unless `positive`. */
export function randomTensor(
  seed: string,
  shape: StaticShape,
  { dtype = 'f32', positive = false }: { dtype?: DType; positive?: boolean } = {},
): Tensor {
  const next = randomNumbers(seed);
  const data = new (dtype === 'f32' ? Float32Array : Float64Array)(elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = (0.1 + 1.4 * next()) * (positive || next() < 0.5 ? 1 : -1);
  }
  return new Tensor(shape, data);
}

/**
 * A source of weights for `parse`: data by the constant's name, positive where the name holds `var`, as a
 * BatchNorm's variance must be.
 */
export const randomWeights =
  (seed = ''): WeightSource =>
  (id, { dtype, shape }) =>
    randomTensor(`${seed}%${id}`, shape, { dtype, positive: id.includes('var') });

/** Inputs for a graph, symbolic sizes fixed by `dims`. */
export function randomInputs(
  graph: Graph,
  dims: Readonly<Record<string, number>> = {},
  seed = '',
): Record<string, Tensor> {
  const { inputs } = specialise(graph, dims);
  return Object.fromEntries(
    inputs.map(({ id, shape, dtype }) => [
      id,
      randomTensor(`${seed}:${id}`, staticShape(shape, id), { dtype }),
    ]),
  );
}
