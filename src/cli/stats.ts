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
import { printTable } from './table.ts';

export interface Stats extends GraphStats {
  /** Bytes of activations alive at once, at most; what opaque nodes exchange with the graph counts throughout. */
  readonly peakActivationBytes: number;
}

/** Open sizes count as a batch of 1 and 224 pixels. Opaque nodes count as nodes, and by their operator. */
export function statsOf(graph: Graph, opaque: readonly OpaqueNode[] = []): Stats {
  const fixed = atNominalSizes(graph);
  const count = (op: string) => opaque.filter((node) => node.op === op).length;
  const { nodes, convs, batchNorms, params, macs } = graphStats(fixed);
  return {
    nodes: nodes + opaque.length,
    convs: convs + count('Conv'),
    batchNorms: batchNorms + count('BatchNormalization'),
    params,
    macs,
    peakActivationBytes: peakActivationBytes(fixed),
  };
}

export function atNominalSizes(graph: Graph): Graph {
  try {
    return specialise(graph, nominalDims(graph));
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    return graph; // Sizes that depend on each other: costs then are those of a first guess.
  }
}

export const statLabels: Readonly<Record<keyof Stats, string>> = {
  nodes: 'nodes',
  convs: 'convolutions',
  batchNorms: 'batch normalisations',
  params: 'parameters',
  macs: 'multiply-adds',
  peakActivationBytes: 'peak activation bytes',
};

/** Side by side, with how many times less there is after. */
export function printStats(before: Stats, after: Stats): string {
  const rows = (Object.keys(statLabels) as (keyof Stats)[]).map((key) => [
    statLabels[key],
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

export const printCount = (count: number): string => count.toLocaleString('en');

export const printBytes = (bytes: number): string => {
  if (bytes < 10_000) return `${printCount(bytes)} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toPrecision(3)} ${units[power - 1]}`;
};

export const printSeconds = (seconds: number): string =>
  seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
