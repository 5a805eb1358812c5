/** What a model is made of, in numbers. */
import {
  graphStats,
  nominalDims,
  peakActivationBytes,
  ReparamError,
  specialise,
  type Graph,
  type GraphStats,
} from '../../ir/index.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import { nodesOfUnknownSizes, ownSymbols, withoutUnknownSizes } from '../known-sizes.ts';
import { printTable } from '../table.ts';

export interface Stats extends GraphStats {
  /** Bytes of activations alive at once, at most; what opaque nodes exchange with the graph counts throughout. */
  readonly peakActivationBytes: number;
  /** Nodes left out of multiply-adds and bytes, since only opaque nodes tell their sizes. */
  readonly uncounted: number;
}

/**
 * Sizes that the file's inputs leave open count as a batch of 1 and 224 pixels. Opaque nodes count as nodes,
 * and by their operator.
 */
export function statsOf(graph: Graph, opaque: readonly OpaqueNode[] = []): Stats {
  const fixed = atKnownSizes(graph, opaque);
  const counted = withoutUnknownSizes(fixed, opaque);
  const count = (op: string) => opaque.filter((node) => node.op === op).length;
  const { nodes, convs, transposedConvs, batchNorms, params } = graphStats(graph);
  return {
    nodes: nodes + opaque.length,
    convs: convs + count('Conv'),
    transposedConvs: transposedConvs + count('ConvTranspose'),
    batchNorms: batchNorms + count('BatchNormalization'),
    params,
    macs: graphStats(counted).macs,
    peakActivationBytes: peakActivationBytes(counted),
    uncounted: nodesOfUnknownSizes(graph, opaque).size,
  };
}

/** All open sizes fixed. */
export const atNominalSizes = (graph: Graph): Graph => atSizes(graph, nominalDims(graph));

/** Open sizes fixed, but for those that only opaque nodes tell. */
export function atKnownSizes(graph: Graph, opaque: readonly OpaqueNode[]): Graph {
  const own = ownSymbols(graph, opaque);
  const dims = Object.entries(nominalDims(graph)).filter(([symbol]) => own.has(symbol));
  return atSizes(graph, Object.fromEntries(dims));
}

function atSizes(graph: Graph, dims: Readonly<Record<string, number>>): Graph {
  try {
    return specialise(graph, dims);
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    return graph; // Sizes that depend on each other: costs then are those of a first guess.
  }
}

type Row = Exclude<keyof Stats, 'uncounted'>;

const rowLabels: Readonly<Record<Row, string>> = {
  nodes: 'nodes',
  convs: 'convolutions',
  transposedConvs: 'transposed convolutions',
  batchNorms: 'batch normalisations',
  params: 'parameters',
  macs: 'multiply-adds',
  peakActivationBytes: 'peak activation bytes',
};

/** Most models have no transposed convolutions; nothing is said of them then. */
const rowsOf = (...forms: readonly Stats[]): Row[] =>
  (Object.keys(rowLabels) as Row[]).filter(
    (row) => row !== 'transposedConvs' || forms.some(({ transposedConvs }) => transposedConvs > 0),
  );

/** Side by side, with how many times less there is after. */
export function printStats(before: Stats, after: Stats): string {
  const rows = rowsOf(before, after).map((key) => [
    rowLabels[key],
    printCount(before[key]),
    printCount(after[key]),
    after[key] === 0 || before[key] === after[key]
      ? ''
      : `${(before[key] / after[key]).toFixed(2)} x`,
  ]);
  return printTable(
    [['', 'before', 'after', 'less'], ...rows],
    ['left', 'right', 'right', 'right'],
  );
}

/** Of one form of a model. */
export const printTotals = (stats: Stats): string =>
  printTable(
    rowsOf(stats).map((key) => [rowLabels[key], printCount(stats[key])]),
    ['left', 'right'],
  );

/** What multiply-adds and bytes do not say; null where they say all. `kept` is how many nodes are opaque. */
export function printUncounted(kept: number, ...forms: readonly Stats[]): string | null {
  if (forms.every(({ uncounted }) => uncounted === 0)) return null;
  const words = forms.length === 1 ? [''] : [' before', ' after'];
  const parts = forms.map(
    ({ nodes, uncounted }, i) =>
      `${printCount(uncounted)} of ${printCount(nodes - kept)} layers${words[i]}`,
  );
  return `${parts.join(' and ')} have sizes that are not known; they are not counted`;
}

/** `3 convolutions`, `3 convolutions and 1 transposed`, `1 transposed convolutions`; or without the word. */
export function printConvs(
  { convs, transposedConvs }: Pick<GraphStats, 'convs' | 'transposedConvs'>,
  word = ' convolutions',
): string {
  const transposed = transposedConvs > 0 ? `${printCount(transposedConvs)} transposed` : '';
  if (convs === 0 && transposed !== '') return `${transposed}${word}`;
  return `${printCount(convs)}${word}${transposed && ` and ${transposed}`}`;
}

export const printCount = (count: number): string => count.toLocaleString('en');

export const printBytes = (bytes: number): string => {
  if (bytes < 10_000) return `${printCount(bytes)} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toPrecision(3)} ${units[power - 1]}`;
};

export const printSeconds = (seconds: number): string =>
  seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
