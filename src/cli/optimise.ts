/** What `optimize` does, without reading and printing. */
import { performance } from 'node:perf_hooks';
import { ReparamError } from '../../ir/index.ts';
import type { Pass } from '../../passes/index.ts';
import { compile, type Compiled } from '../compile.ts';
import { checkEquivalence, type Equivalence } from '../equivalence/index.ts';
import { writeFiles, type FileToWrite } from '../formats/node-files.ts';
import { openOnnx } from '../formats/onnx/model.ts';
import { encodeModel, type ModelFile } from './model-files.ts';
import type { Say } from './progress.ts';
import { statsOf, type Stats } from './stats.ts';

export interface Optimised {
  readonly compiled: Compiled;
  readonly equivalence: Equivalence;
  readonly before: Stats;
  readonly after: Stats;
}

/** Compiles a model and checks that the result computes the same. */
export async function optimise(
  { graph, opaque }: ModelFile,
  passes: readonly Pass[] | undefined,
  say: Say,
): Promise<Optimised> {
  say('merging branches');
  const compiled = compile(graph, passes ? { passes } : {});
  say('verifying');
  const onProgress = (done: number): void => say(`verifying, ${Math.floor(done * 100)} %`);
  const equivalence = await checkEquivalence(graph, compiled.graph, { onProgress });
  return {
    compiled,
    equivalence,
    before: statsOf(graph, opaque),
    after: statsOf(compiled.graph, opaque),
  };
}

/** What is wrong where the rewritten graph does not compute the same; null where it does. */
export function checkProblem({ equivalence }: Optimised, path: string): ReparamError | null {
  const { ok, maxAbsError, tolerance, method, worst } = equivalence;
  if (ok) return null;
  const at = worst ? ` at "${worst.value}"` : '';
  const figures = `they differ by ${maxAbsError.toExponential(1)}${at}, and rounding explains ${tolerance.toExponential(1)}`;
  const message = `the result would not compute the same (${method}): ${figures}; nothing was written. Please report this model`;
  return new ReparamError('file', `${path}: ${message}`, path);
}

export interface Written {
  /** Of the model and its weights. */
  readonly bytes: number;
}

/**
 * Writes the optimised model, and other files made of it, whole or not at all. An ONNX file is read back
 * first: what cannot be read is not written.
 */
export async function writeOptimised(
  file: ModelFile,
  { compiled }: Optimised,
  path: string,
  others: readonly FileToWrite[] | ((bytes: number) => Promise<readonly FileToWrite[]>) = [],
): Promise<Written> {
  const files = encodeModel(file, compiled.graph, path);
  const bytes = files.reduce((sum, { chunks }) => sum + sizeOf(chunks), 0);
  if (files.length === 1 && path.toLowerCase().endsWith('.onnx')) {
    openOnnx(files[0]!.chunks[0]!, { what: `what would be written to ${path}` });
  }
  const rest = typeof others === 'function' ? await others(bytes) : others;
  await writeFiles([...rest, ...files]);
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
