/** Whether two models compute the same: the trained one and its plain form, as a rule. */
import { dimsOf, shapeError, sameShape, Tensor, type Graph } from '../ir/index.ts';
import { openSession, type Inputs, type Session, type SessionOptions } from './runtime/index.ts';

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

/** Over all outputs: the largest errors, and the sums of rows. */
export interface Comparison extends Difference {
  readonly outputs: Readonly<Record<string, Difference>>;
}

/**
 * Runs both on the same inputs. Sessions are left open; a graph gets a session for the time, with the
 * given options, and takes its symbolic sizes from inputs that are tensors. Throws a `shape` error if
 * the outputs do not correspond, and what sessions throw.
 */
export async function compare(
  a: Session | Graph,
  b: Session | Graph,
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
    names.map((name) => [name, difference(name, expected[name]!, actual[name]!)]),
  );
  return { ...overall(Object.values(outputs)), outputs };
}

async function runOn(
  model: Session | Graph,
  inputs: Inputs,
  options: SessionOptions,
): Promise<Record<string, Tensor>> {
  if ('run' in model) return model.run(inputs);
  const session = await openSession(model, { dims: sizesOf(model, inputs), ...options });
  try {
    return await session.run(inputs);
  } finally {
    session.close();
  }
}

function sizesOf(graph: Graph, inputs: Inputs): Record<string, number> {
  const tensors = Object.entries(inputs).filter(
    (entry): entry is [string, Tensor] => entry[1] instanceof Tensor,
  );
  return tensors.length < graph.inputs.length ? {} : dimsOf(graph, Object.fromEntries(tensors));
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
