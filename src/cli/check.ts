/** A stand-in for checkEquivalence of src/equivalence, which is written at the same time. */
import { evaluate, Tensor, type Graph } from '../../ir/index.ts';
import type { Equivalence, EquivalenceOptions } from '../equivalence/index.ts';
import { atNominalSizes } from './stats.ts';

export async function checkEquivalence(
  source: Graph,
  rewritten: Graph,
  options: EquivalenceOptions = {},
): Promise<Equivalence> {
  let state = (options.seed ?? 0) + 1;
  const random = () => ((state = (state * 16807) % 2147483647) / 2147483647) * 2 - 1;
  const inputs = Object.fromEntries(
    atNominalSizes(source).inputs.map(({ id, shape }) => {
      const sizes = shape as number[];
      const data = Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, random);
      return [id, new Tensor(sizes, data)];
    }),
  );
  const [a, b] = [evaluate(source, inputs), evaluate(rewritten, inputs)];
  let [maxAbsError, outputScale] = [0, 0];
  for (const [name, { data }] of Object.entries(a)) {
    data.forEach((value, i) => {
      const error = Math.abs(value - b[name]!.data[i]!);
      maxAbsError = Math.max(maxAbsError, Number.isNaN(error) ? Infinity : error);
      outputScale = Math.max(outputScale, Math.abs(value));
    });
  }
  const tolerance = 1e-5 * outputScale;
  return {
    ok: maxAbsError <= tolerance,
    maxAbsError,
    tolerance,
    outputScale,
    method: 'whole graph',
  };
}
