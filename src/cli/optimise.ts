/** What `optimize` does, without reading and printing. */
import { performance } from 'node:perf_hooks';
import { Buffer } from 'node:buffer';
import type { Graph } from '../../ir/index.ts';
import type { Pass } from '../../passes/index.ts';
import { compile, type Compiled } from '../compile.ts';
import { checkEquivalence, type Equivalence } from '../equivalence/index.ts';
import { load } from '../formats/index.ts';
import { writeFiles, type FileToWrite } from '../formats/node-files.ts';
import { openOnnx } from '../formats/onnx/model.ts';
import { encodeModel, type ModelFile } from './model-files.ts';
import type { Say } from './progress.ts';
import { statsOf, type Stats } from './stats.ts';
import { weightWarnings } from './warnings.ts';

export interface Optimised {
  readonly compiled: Compiled;
  /** What is to be written. */
  readonly files: readonly FileToWrite[];
  readonly equivalence: Equivalence;
  readonly before: Stats;
  readonly after: Stats;
  /** What is wrong with the weights of the model. */
  readonly warnings: readonly string[];
}

/**
 * Compiles a model and checks that the result computes the same: the files that would be written, read back
 * again. Throws a `file` error where they cannot be made.
 */
export async function optimise(
  file: ModelFile,
  passes: readonly Pass[] | undefined,
  path: string,
  say: Say,
): Promise<Optimised> {
  const { graph, opaque, onnx } = file;
  say('merging branches');
  const compiled = compile(graph, passes ? { passes } : {});
  const files = encodeModel(file, compiled.graph, path);
  say('verifying');
  const onProgress = (done: number): void => say(`verifying, ${Math.floor(done * 100)} %`);
  const written = readBack(files);
  // What a node that stays gives may have got its shape from what is merged now.
  const isComparable = isSameFace(written, compiled.graph);
  const found = await checkEquivalence(graph, isComparable ? written : compiled.graph, {
    onProgress,
    ...(onnx?.precision && { precision: onnx.precision }),
  });
  const method = isComparable ? found.method : `${found.method}, before it was written`;
  const equivalence = { ...found, method };
  return {
    compiled,
    files,
    equivalence,
    before: statsOf(graph, opaque),
    after: statsOf(compiled.graph, opaque),
    warnings: weightWarnings(graph),
  };
}

/** The graph in the files, of which the model is the last. */
function readBack(files: readonly FileToWrite[]): Graph {
  const { path, chunks } = files.at(-1)!;
  const what = `what would be written to ${path}`;
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat([...chunks]);
  if (!path.toLowerCase().endsWith('.onnx')) return load(bytes, { what });
  const beside = (_: string, offset: number, length: number | undefined) =>
    partOf(files[0]!.chunks, offset, length);
  return openOnnx(bytes, { what, external: beside }).graph;
}

const isSameFace = (a: Graph, b: Graph): boolean => {
  const face = ({ inputs, outputs }: Graph) =>
    JSON.stringify([inputs, outputs.map(({ name }) => name)]);
  return face(a) === face(b);
};

/** A part of what the chunks are together. */
function partOf(chunks: readonly Uint8Array[], offset: number, length: number | undefined) {
  let start = 0;
  for (const chunk of chunks) {
    // Each tensor is a chunk of its own.
    if (start === offset) return chunk.subarray(0, length);
    start += chunk.length;
  }
  return new Uint8Array();
}

export interface Written {
  /** Of the model and its weights. */
  readonly bytes: number;
}

/** Writes the optimised model, and other files made of it, whole or not at all. */
export async function writeOptimised(
  { files }: Optimised,
  others: (bytes: number) => Promise<readonly FileToWrite[]> = () => Promise.resolve([]),
): Promise<Written> {
  const bytes = files.reduce((sum, { chunks }) => sum + sizeOf(chunks), 0);
  await writeFiles([...(await others(bytes)), ...files]);
  return { bytes };
}

const sizeOf = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((sum, { length }) => sum + length, 0);

/** What `--json` tells of a check; `worst` is the value at which the two were furthest apart. */
export const describeEquivalence = ({ worst, ...figures }: Equivalence) => ({
  ...figures,
  ...(worst && { worst: worst.value }),
});

/** Seconds since, to three digits after the point. */
export const stopwatch = (): (() => number) => {
  const start = performance.now();
  return () => Math.round(performance.now() - start) / 1000;
};
