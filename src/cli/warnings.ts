/** What is wrong with a model that can be optimised all the same, and with inputs that it can be run on. */
import { Tensor, type Graph } from '../../ir/index.ts';
import type { Io } from './answer.ts';
import type { ModelFile } from './model-files.ts';

/** `3 of the 12 values of X are NaN or infinite`; null where none is. */
function describeBad(what: string, data: Tensor['data']): string | null {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++;
  if (count === 0) return null;
  return `${count} of the ${data.length} values of ${what} ${count === 1 ? 'is' : 'are'} NaN or infinite`;
}

/**
 * Weights with which a model gives nothing but NaN: a sentence for each tensor. Of constants that are not computed
 * yet, which no file has, nothing is known.
 */
export function weightWarnings(graph: Graph): string[] {
  const warnings = Object.entries(graph.consts).flatMap(([id, constant]) => {
    const bad = constant instanceof Tensor ? describeBad(`"${id}"`, constant.data) : null;
    return bad === null ? [] : [bad];
  });
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
export const inputWarnings = (inputs: Readonly<Record<string, Tensor>>): string[] =>
  Object.entries(inputs).flatMap(([name, { data }]) => {
    const bad = describeBad(`the input "${name}"`, data);
    return bad === null ? [] : [`${bad}: the results mean nothing; give finite values only`];
  });

const MAX_SHOWN = 5;

/** Lines for a person; none where there is nothing to warn of. */
export function printWarnings(warnings: readonly string[], model = 'the model'): string[] {
  if (warnings.length === 0) return [];
  const more = warnings.length - MAX_SHOWN;
  return [
    `warning: ${model} gives NaN or infinite values because of its weights:`,
    ...warnings.slice(0, MAX_SHOWN).map((warning) => `  ${warning}`),
    ...(more > 0 ? [`  and ${more} more (--json lists all)`] : []),
  ];
}

/**
 * Tells on stderr what is wrong with the weights of a file, and gives it, for `--json`. Where a device is needed,
 * only once it is there: a command that is started again to find one would tell it twice.
 */
export function warnOfWeights(io: Io, { path, graph }: ModelFile): string[] {
  const warnings = weightWarnings(graph);
  for (const line of printWarnings(warnings, path)) io.err(`${line}\n`);
  return warnings;
}
