/** Whether two models compute the same: the trained one and its plain form, as a rule. */
import { dimsOf, expectGraph, printShape, ReparamError } from '../ir/index.ts';
import { sameShape, shapeError, Tensor, type Graph, type Value } from '../ir/index.ts';
import { expectInputs, openSession } from './runtime/index.ts';
import type { Inputs, Session, SessionOptions } from './runtime/index.ts';

/** Something with a graph is what `compile` returns. */
export type Comparable = Session | Graph | { readonly graph: Graph };

export interface Difference {
  readonly maxAbsError: number;
  /** The largest magnitude in the outputs of the first. */
  readonly outputScale: number;
  /** maxAbsError / outputScale. */
  readonly relativeError: number;
  /** Rows of outputs of rank 2, such as logits [N,classes]. */
  readonly rows: number;
  /** Rows in which another element is the largest. */
  readonly differentAnswers: number;
}

/** What both gave under one name. */
export interface OutputDifference extends Difference {
  readonly expected: Tensor;
  readonly actual: Tensor;
}

/** Over all outputs: the largest errors, and the sums of rows. */
export interface Comparison extends Difference {
  readonly outputs: Readonly<Record<string, OutputDifference>>;
}

/**
 * Runs both on the same inputs. Sessions are left open; a graph, or what `compile` returns, gets a session
 * for the time, with the given options. Its symbolic sizes are those of the inputs; `dims` gives what a
 * Float32Array leaves open, which is more than one size. Throws a `shape` error if the outputs do not
 * correspond, and what sessions throw.
 *
 * WGSL need not keep NaN and infinity: weights that are not finite may go unnoticed. `evaluate` keeps them.
 */
export async function compare(
  a: Comparable,
  b: Comparable,
  inputs: Inputs,
  options: SessionOptions = {},
): Promise<Comparison> {
  const expected = await runOn(a, inputs, options);
  const actual = await runOn(b, inputs, options);
  const names = Object.keys(expected);
  if (names.toSorted().join() !== Object.keys(actual).toSorted().join()) {
    throw shapeError(`the outputs are ${names.join(', ')} and ${Object.keys(actual).join(', ')}`);
  }
  const outputs = Object.fromEntries(
    names.map((name) => {
      const both = { expected: expected[name]!, actual: actual[name]! };
      return [name, { ...difference(name, both.expected, both.actual), ...both }];
    }),
  );
  return { ...overall(Object.values(outputs)), outputs };
}

async function runOn(
  model: Comparable,
  inputs: Inputs,
  options: SessionOptions,
): Promise<Record<string, Tensor>> {
  // What is nothing at all is for expectGraph to refuse.
  const given: object = model ?? {};
  if ('run' in given) return (given as Session).run(inputs);
  const graph = expectGraph('graph' in given ? given.graph : given, 'compare');
  const dims = sizesOf(graph, inputs, options.dims);
  const session = await openSession(graph, { ...options, dims });
  try {
    return await session.run(inputs);
  } finally {
    session.close();
  }
}

/** Those given, and those that the inputs tell. */
function sizesOf(
  graph: Graph,
  inputs: Inputs,
  given: SessionOptions['dims'],
): Record<string, number> {
  expectInputs(
    graph.inputs.map(({ id, shape }) => ({ name: id, shape })),
    inputs,
  );
  const isTensor = ({ id }: Value) => inputs[id] instanceof Tensor;
  const tensors = graph.inputs.filter(isTensor).map(({ id }) => [id, inputs[id] as Tensor]);
  const known = dimsOf(
    { ...graph, inputs: graph.inputs.filter(isTensor) },
    Object.fromEntries(tensors) as Record<string, Tensor>,
  );
  Object.assign(known, given);
  for (const input of graph.inputs) {
    if (!isTensor(input)) readSize(input, inputs[input.id] as Float32Array, known);
  }
  return known;
}

/** Adds to `known` the one size that the elements of an array tell, if it is one. */
function readSize({ id, shape }: Value, { length }: Float32Array, known: Record<string, number>) {
  const sizes = shape.map((d) => (typeof d === 'string' ? (known[d] ?? d) : d));
  const [open, another] = sizes.filter((d) => typeof d === 'string');
  if (open === undefined || another !== undefined) return;
  const rest = sizes.reduce<number>(
    (product, d) => (typeof d === 'number' ? product * d : product),
    1,
  );
  if (length === 0 || length % rest !== 0) {
    const message = `the input "${id}" has ${length} elements, which do not fill ${printShape(sizes)}`;
    throw new ReparamError('input', message, id);
  }
  known[open] = length / rest;
}

function difference(name: string, a: Tensor, b: Tensor): Difference {
  if (!sameShape(a.shape, b.shape)) {
    throw shapeError(`the output "${name}" is [${a.shape.join()}] and [${b.shape.join()}]`, name);
  }
  let maxAbsError = 0;
  let outputScale = 0;
  a.data.forEach((value, i) => {
    maxAbsError = Math.max(maxAbsError, distance(value, b.data[i]!));
    if (Number.isFinite(value)) outputScale = Math.max(outputScale, Math.abs(value));
  });
  const [rows = 0, columns = 0] = a.shape.length === 2 ? a.shape : [];
  const answer = (data: Tensor['data'], row: number) =>
    argmax(data.subarray(row * columns, (row + 1) * columns));
  let differentAnswers = 0;
  for (let row = 0; row < rows; row++) {
    if (answer(a.data, row) !== answer(b.data, row)) differentAnswers++;
  }
  const relativeError = maxAbsError === 0 ? 0 : maxAbsError / outputScale;
  return { maxAbsError, outputScale, relativeError, rows, differentAnswers };
}

/** Infinite where just one is NaN: a maximum must not lose it. */
function distance(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const apart = Math.abs(a - b);
  return Number.isNaN(apart) ? Infinity : apart;
}

function argmax(row: Tensor['data']): number {
  let best = 0;
  row.forEach((value, i) => {
    if (value > row[best]!) best = i;
  });
  return best;
}

function overall(all: readonly Difference[]): Difference {
  const largest = (key: keyof Difference) => all.reduce((most, one) => Math.max(most, one[key]), 0);
  const sum = (key: keyof Difference) => all.reduce((total, one) => total + one[key], 0);
  return {
    maxAbsError: largest('maxAbsError'),
    outputScale: largest('outputScale'),
    relativeError: largest('relativeError'),
    rows: sum('rows'),
    differentAnswers: sum('differentAnswers'),
  };
}
