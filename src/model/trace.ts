/** The recording of one model: names, scopes, parameters and nodes, in the order of the calls. */
import { GraphBuilder, printShape, ReparamError, shapeError } from '../../ir/index.ts';
import type { AttrsOf, DType, OpName, Shape, StaticShape, ValueId } from '../../ir/index.ts';
import { startStack } from './caller.ts';
import type { Initial } from './initial.ts';
import { describe, isSym, TRACE, type Sym, type Trace } from './sym.ts';

export const newTrace = (
  name: string,
  inputs: readonly string[],
  dtype: DType,
  seed: number,
): Trace => ({
  name,
  inputs,
  builder: new GraphBuilder(name),
  dtype,
  seed,
  prefix: '',
  paths: new Set(),
  applied: new Map(),
  finished: false,
});

function channelsOf(id: ValueId, shape: Shape): number {
  const size = shape[1];
  if (typeof size === 'number') return size;
  const message = `"${id}" ${printShape(shape)} has no fixed number of channels on axis 1`;
  throw startStack(shapeError(message, id), channelsOf);
}

export function makeSym(trace: Trace, id: ValueId): Sym {
  const { shape, dtype } = trace.builder.value(id);
  return {
    id,
    dtype,
    shape,
    [TRACE]: trace,
    get channels() {
      return channelsOf(id, shape);
    },
  };
}

const isTaken = (trace: Trace, path: string) => trace.paths.has(path) || trace.builder.has(path);

function record(trace: Trace, path: string): string {
  if (isTaken(trace, path)) {
    const remedy = 'give one of the layers, or what is around it, a name of its own with named()';
    throw new ReparamError('invalid-graph', `the name "${path}" is used twice; ${remedy}`, path);
  }
  trace.paths.add(path);
  return path;
}

/** The path of a layer called `name` in the current scope. Throws if it is taken. */
export function claimPath(trace: Trace, name: string): string {
  if (name === '') throw new ReparamError('invalid-graph', 'a layer cannot have an empty name');
  return record(trace, trace.prefix + name);
}

/** The path of a layer without a name: `relu`, then `relu_1`, `relu_2`, … */
export function automaticPath(trace: Trace, kind: string): string {
  let path = trace.prefix + kind;
  for (let i = 1; isTaken(trace, path); i++) path = `${trace.prefix}${kind}_${i}`;
  return record(trace, path);
}

/** Runs `build` in a scope: the names given in it start with the scope's, as PyTorch's module paths do. */
export function inScope<T>(trace: Trace, name: string, build: () => T): T {
  const outer = trace.prefix;
  trace.prefix = `${claimPath(trace, name)}.`;
  try {
    return build();
  } finally {
    trace.prefix = outer;
  }
}

/** Adds a constant called `id`. */
export function addParameter(trace: Trace, id: ValueId, shape: StaticShape, initial: Initial) {
  return trace.builder.constant(id, initial(shape, `${trace.seed}/${id}`, trace.dtype));
}

/** Adds a node that reads the given values and returns what it computes. */
export function addNode<K extends OpName>(
  trace: Trace,
  op: K,
  path: string,
  inputs: readonly (ValueId | null)[],
  attrs: Partial<AttrsOf<K>> = {},
): Sym {
  return makeSym(trace, trace.builder.node(op, path, inputs, attrs));
}

/** The model whose function is running, for messages about what belongs to none. */
let running: Trace | undefined;

export function whileRunning<T>(trace: Trace, body: () => T): T {
  const outer = running;
  running = trace;
  try {
    return body();
  } finally {
    running = outer;
  }
}

/**
 * The one recording that all the tensors belong to. Throws if there are two, if it is finished, or if
 * something is no tensor.
 */
export function traceOf(...syms: readonly [Sym, ...Sym[]]): Trace {
  const other = syms.findIndex((sym) => !isSym(sym));
  if (other >= 0) {
    const names = running?.inputs.map((name) => `"${name}"`).join(', ');
    const inputs = running ? `; the inputs of "${running.name}" are ${names}` : '';
    const message = `${describe(syms[other])} is no tensor of a model${inputs}`;
    throw new ReparamError('invalid-graph', message);
  }
  const trace = syms[0][TRACE];
  const foreign = syms.find((sym) => sym[TRACE] !== trace);
  if (foreign) {
    const models = `"${trace.name}" and "${foreign[TRACE].name}"`;
    throw new ReparamError(
      'invalid-graph',
      `"${syms[0].id}" and "${foreign.id}" belong to different models, ${models}`,
      foreign.id,
    );
  }
  if (trace.finished) {
    throw new ReparamError(
      'invalid-graph',
      `"${syms[0].id}" was used after its model "${trace.name}" was finished`,
      syms[0].id,
    );
  }
  return trace;
}
