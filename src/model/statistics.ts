/** Statistics as training might leave them, for demonstrations and tests of untrained models. */
import { constantsOf, view, type Constant, type Graph } from '../../ir/index.ts';
import { uniform, type Initial } from './initial.ts';

/** By the operand's place in batchNorm: scale, bias, mean, variance. */
const ranges: readonly Initial[] = [
  uniform(0.3, 0.6),
  uniform(-0.2, 0.2),
  uniform(-0.2, 0.2),
  uniform(0.5, 1.5),
];

/**
 * The graph with random parameters and statistics in every batch normalisation: weight 0.3 to 0.6, bias
 * and mean -0.2 to 0.2, variance 0.5 to 1.5. A fresh one has 1, 0, 0, 1, which would hide mistakes. Weights below 1 keep the sum of a block's branches from growing with the depth.
 */
export function randomiseStatistics(graph: Graph, seed = 0): Graph {
  const made = new Map<string, Constant>();
  for (const node of graph.nodes) {
    if (node.op !== 'batchNorm') continue;
    ranges.forEach((initial, i) => {
      const id = node.inputs[i + 1]!;
      const constant = view(graph).constant(id);
      if (constant) made.set(id, initial(constant.shape, `${seed}/${id}`, constant.dtype));
    });
  }
  const consts = Object.entries(graph.consts).map(
    ([id, constant]) => [id, made.get(id) ?? constant] as const,
  );
  return { ...graph, consts: constantsOf(consts) };
}
