/** What is wrong with a model that can be optimised all the same, and with inputs that it can be run on. */
import { Tensor, type Graph } from '../../ir/index.ts';

/** Weights with which a model gives nothing but NaN: a sentence for each tensor. */
export function weightWarnings(graph: Graph): string[] {
  const warnings = Object.entries(graph.consts)
    .filter(([, constant]) => constant instanceof Tensor && !constant.data.every(Number.isFinite))
    .map(([id]) => `"${id}" has values that are NaN or infinite`);
  for (const node of graph.nodes) {
    if (node.op !== 'batchNorm') continue;
    const id = node.inputs[4]!;
    const variance = graph.consts[id];
    const { epsilon } = node.attrs;
    if (variance instanceof Tensor && variance.data.some((value) => value + epsilon < 0)) {
      warnings.push(`"${id}", the variance of batchNorm "${node.id}", is negative`);
    }
  }
  return [...new Set(warnings)];
}

/** Inputs for which results are not defined, since WGSL need not keep NaN and infinity: a sentence for each. */
export function inputWarnings(inputs: Readonly<Record<string, Tensor>>): string[] {
  return Object.entries(inputs).flatMap(([name, { data }]) => {
    let count = 0;
    for (const value of data) if (!Number.isFinite(value)) count++;
    if (count === 0) return [];
    const values = `${count} of the ${data.length} values of the input "${name}"`;
    const remedy = 'the results mean nothing; give finite values only';
    return [`${values} ${count === 1 ? 'is' : 'are'} NaN or infinite: ${remedy}`];
  });
}

const MAX_SHOWN = 5;

/** Lines for a person; none where there is nothing to warn of. */
export function printWarnings(warnings: readonly string[]): string[] {
  if (warnings.length === 0) return [];
  const more = warnings.length - MAX_SHOWN;
  return [
    'warning: the model gives NaN or infinite values because of its weights:',
    ...warnings.slice(0, MAX_SHOWN).map((warning) => `  ${warning}`),
    ...(more > 0 ? [`  and ${more} more (--json lists all)`] : []),
  ];
}
