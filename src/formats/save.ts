/**
 * Whole graphs in a file: safetensors, whose metadata hold the graph as JSON under `reparam.graph`. So
 * every reader of safetensors can read the weights.
 */
import { constantsOf, ReparamError, verify, type Graph } from '../../ir/index.ts';
import type { Bytes } from './bytes.ts';
import { decodeGraph, encodeGraph } from './graph-json.ts';
import { fileError } from './safetensors-header.ts';
import { parseSafetensors, serialiseSafetensors } from './safetensors.ts';

/** Of the metadata of the file; one without it holds tensors only. */
export const GRAPH_KEY = 'reparam.graph';

/**
 * The graph as a file's bytes. `load` gives it back bit by bit: weights with their NaNs and -0, dtypes,
 * attributes, names, orders. Throws if the graph is not valid.
 */
export function save(graph: Graph): Uint8Array {
  verify(graph);
  return serialiseSafetensors(Object.entries(graph.consts), [[GRAPH_KEY, encodeGraph(graph)]]);
}

/**
 * The graph that `save` wrote. Weights are views of `bytes`. `what` names the file in errors.
 * Throws a `file` error for anything malformed; a graph that is returned passes `verify`.
 */
export function load(bytes: Bytes, options: { readonly what?: string } = {}): Graph {
  const { what = 'the saved graph' } = options;
  const { tensors, skipped, metadata } = parseSafetensors(bytes, { what });
  const json = metadata.get(GRAPH_KEY);
  if (json === undefined) {
    throw fileError(what, `holds no graph, only tensors; loadStateDict puts them into a model`);
  }
  if (skipped.length > 0) {
    throw fileError(what, `the tensor ${JSON.stringify(skipped[0])} is not floating-point`);
  }
  try {
    return verify({ ...decodeGraph(json), consts: constantsOf(tensors) });
  } catch (error) {
    if (error instanceof ReparamError || error instanceof SyntaxError) {
      throw fileError(what, `the graph in it is malformed: ${error.message}`, error);
    }
    throw error;
  }
}
