/** Inputs to compare graphs on, always the same for a seed. */
import { elementCount, staticShape, type Graph, type ValueId } from '../../ir/index.ts';

/** Numbers in [0, 1), always the same for a seed (FNV-1a, then mulberry32). */
export function uniform(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed with variance 1 (Box and Muller 1958). */
export function normal(seed: string): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/**
 * Every other sample is dense: normally distributed. The others are sparse: one element in nine, of
 * magnitudes from 1/8 to 8, the rest zero, so that few taps add up and an error of one is not hidden behind
 * what rounding allows the others.
 */
export type Sample = number;

/** Data for the inputs of a graph, by value. */
export type Data = ReadonlyMap<ValueId, Float64Array>;

/** Data for the inputs of a graph of fixed sizes, rounded to their dtypes. */
export function sampleInputs(graph: Graph, sample: Sample, seed: number): Data {
  return new Map(
    graph.inputs.map(({ id, dtype, shape }) => {
      const [value, other] = [
        normal(`${seed} ${sample} ${id}`),
        uniform(`${seed} ${sample} at ${id}`),
      ];
      const isDense = sample % 2 === 0;
      const draw = () => {
        if (isDense) return value();
        return other() < 1 / 9 ? value() * 2 ** (6 * other() - 3) : 0;
      };
      const data = new Float64Array(elementCount(staticShape(shape, id)));
      for (let i = 0; i < data.length; i++)
        data[i] = dtype === 'f32' ? Math.fround(draw()) : draw();
      return [id, data];
    }),
  );
}
