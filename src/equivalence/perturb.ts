/** A graph whose weights are off as rounding could have left them. */
import {
  constantsOf,
  Lazy,
  readRow,
  type Constant,
  type DType,
  type Graph,
} from '../../ir/index.ts';
import { uniform } from './samples.ts';

/** Every weight off by half of what is given to all of it, either way, always the same for a seed. */
export function perturbed(graph: Graph, relative: (dtype: DType) => number, seed: string): Graph {
  const consts = Object.entries(graph.consts).map(
    ([id, constant]) =>
      [id, perturbedConstant(constant, relative(constant.dtype), `${seed} ${id}`)] as const,
  );
  return { ...graph, consts: constantsOf(consts) };
}

function perturbedConstant(constant: Constant, relative: number, seed: string): Lazy {
  const row: Lazy['row'] = (index, out) => {
    readRow(constant, index, out);
    const next = uniform(`${seed} ${index}`);
    for (let i = 0; i < out.length; i++) {
      const [side, part] = [next() < 0.5 ? -1 : 1, 0.5 + 0.5 * next()];
      out[i]! *= 1 + side * part * relative;
    }
  };
  return new Lazy(constant.shape, row, constant.dtype);
}
