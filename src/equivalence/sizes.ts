/** Sizes for what a graph leaves open. */
import { nodeCost, ReparamError, specialise, symbolsOf, view, type Graph } from '../../ir/index.ts';
import { interiorOf } from './borders.ts';
import type { Pair } from './shrink.ts';

/** Of the images of open size. */
const NOMINAL = 224;
/** A batch for graphs that one or two images do not fit. */
const BATCHES = 16;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Multiply-adds, and a few for each element that is computed. */
export const workOf = ({ source, rewritten }: Pair): number =>
  sum(
    [source, rewritten].flatMap((graph) =>
      graph.nodes.map((node) => {
        const { macs, bytes } = nodeCost(node, view(graph).shape);
        return macs + bytes;
      }),
    ),
  );

export const macsOf = ({ source, rewritten }: Pair): number =>
  sum(
    [source, rewritten].flatMap((graph) =>
      graph.nodes.map((node) => nodeCost(node, view(graph).shape).macs),
    ),
  );

function trySizes(pair: Pair, batch: number, sizes: (index: number) => number): Pair | null {
  const batches = new Set(pair.source.inputs.map(({ shape }) => shape[0]));
  const symbols = symbolsOf(pair.source);
  const others = symbols.filter((symbol) => !batches.has(symbol));
  const dims = Object.fromEntries(
    symbols.map((symbol) => [symbol, batches.has(symbol) ? batch : sizes(others.indexOf(symbol))]),
  );
  try {
    return { source: specialise(pair.source, dims), rewritten: specialise(pair.rewritten, dims) };
  } catch (error) {
    if (error instanceof ReparamError) return null;
    throw error;
  }
}

/** The pair with batches of `batch` and images of 224, or the first smaller size that fits. */
export function nominalPair(pair: Pair, batch: number): Pair {
  for (const images of [batch, BATCHES]) {
    for (let size = NOMINAL; size >= 1; size--) {
      const fixed = trySizes(pair, images, () => size);
      if (fixed) return fixed;
    }
  }
  const symbols = symbolsOf(pair.source).join(', ');
  const message = `no size from 1 to ${NOMINAL} fits the open sizes ${symbols}; fix them first`;
  throw new ReparamError('dimension', message, pair.source.name);
}

/** The pair at the smallest open sizes at which each window has an interior, for a batch of 1. */
export function smallPair(pair: Pair): Pair {
  if (symbolsOf(pair.source).length === 0) return pair;
  const showsBorders = (fixed: Pair | null): fixed is Pair =>
    fixed !== null &&
    [fixed.source, fixed.rewritten].every((graph) =>
      ([2, 3] as const).every((axis) => interiorOf(graph, axis, 'one by one').exists),
    );
  for (const batch of [1, BATCHES]) {
    let [none, enough] = [0, NOMINAL];
    while (enough - none > 1) {
      const middle = Math.floor((none + enough) / 2);
      if (showsBorders(trySizes(pair, batch, () => middle))) enough = middle;
      else none = middle;
    }
    // Height and width differ, lest they be taken for each other.
    for (const sizes of [(index: number) => enough + index, () => enough]) {
      const fixed = trySizes(pair, batch, sizes);
      if (showsBorders(fixed)) return fixed;
    }
  }
  return nominalPair(pair, 1);
}
