/** How layers are made, so that they find their names. */
import { ReparamError } from '../../ir/index.ts';
import { fromCaller, inUserCode } from './caller.ts';
import { readOptions } from './options.ts';
import { describe, isSym, type Layer, type Sym, type Trace } from './sym.ts';
import { automaticPath, claimPath, inScope, traceOf } from './trace.ts';

const APPLY = Symbol('reparam.apply');

/** A layer of ours can be told its name. */
interface OwnLayer extends Layer {
  readonly [APPLY]: (x: Sym, name: string | undefined) => Sym;
}

const isOwn = (layer: Layer): layer is OwnLayer => APPLY in layer;

function ownLayer(apply: OwnLayer[typeof APPLY]): Layer {
  const layer: Layer = (x) => fromCaller(layer, () => apply(x, undefined));
  return Object.assign(layer, { [APPLY]: apply });
}

/** A layer of one node, or of parameters and one node, at the path `path`. */
export const leafLayer = (
  kind: string,
  build: (trace: Trace, x: Sym, path: string) => Sym,
): Layer =>
  ownLayer((x, name) => {
    const trace = traceOf(x);
    const path = name === undefined ? automaticPath(trace, kind) : claimPath(trace, name);
    return build(trace, x, path);
  });

/** A leaf with parameters. It has them once, so it stands in one place only. */
export function parametricLayer(
  kind: string,
  build: (trace: Trace, x: Sym, path: string) => Sym,
): Layer {
  const layer = leafLayer(kind, (trace, x, path) => {
    const before = trace.applied.get(layer);
    if (before !== undefined) {
      throw new ReparamError(
        'invalid-graph',
        `${kind} "${path}": this layer already stands at "${before}"; it has its own parameters, so make one for each place`,
        path,
      );
    }
    trace.applied.set(layer, path);
    return build(trace, x, path);
  });
  return layer;
}

/** A layer of several; under a name, it is their scope. */
export const compositeLayer = (build: Layer): Layer =>
  ownLayer((x, name) =>
    name === undefined ? build(x) : inScope(traceOf(x), name, () => build(x)),
  );

/** `what` names the place where the layer stands. */
export function expectLayer(layer: unknown, what: string): Layer {
  if (typeof layer === 'function') return layer as Layer;
  throw new ReparamError('invalid-graph', `${what}: ${describe(layer)} is no layer`);
}

/** Applies any layer under a name. */
export function applyNamed(name: string, layer: Layer, x: Sym): Sym {
  if (isOwn(layer)) return layer[APPLY](x, name);
  const result = inScope(traceOf(x), name, () => inUserCode(() => layer(x)));
  if (isSym(result)) return result;
  throw new ReparamError(
    'invalid-graph',
    `the layer "${name}" must return a tensor, not ${describe(result)}`,
    name,
  );
}

/**
 * The layer under a name: names within it start with `name.`, and its own parameters are `name.weight`
 * and so on. Dots are allowed: `named('branches.0', conv2d(64, 3))`.
 */
export function named(name: string, layer: Layer): Layer {
  fromCaller(named, () => {
    if (typeof name !== 'string') {
      throw new ReparamError(
        'invalid-graph',
        `named: the name must be text, not ${describe(name)}`,
      );
    }
    expectLayer(layer, `named "${name}"`);
  });
  return ownLayer((x, outer) => {
    const apply = () => applyNamed(name, layer, x);
    return outer === undefined ? apply() : inScope(traceOf(x), outer, apply);
  });
}

/** A layer with options that all have defaults: `gelu` is a layer, and `gelu({ approximate: 'tanh' })` too. */
export interface Configurable<O> {
  (x: Sym): Sym;
  (options?: O): Layer;
}

export function configurable<O extends object>(
  kind: string,
  known: readonly (keyof O & string)[],
  make: (options: Partial<O>) => Layer,
) {
  const plain = make({});
  function layer(argument?: Sym | Partial<O>) {
    return fromCaller(layer, () => {
      if (!isSym(argument)) return make(readOptions<Partial<O>>(kind, argument ?? {}, known));
      return (plain as OwnLayer)[APPLY](argument, undefined);
    });
  }
  return Object.assign(layer, { [APPLY]: (plain as OwnLayer)[APPLY] }) as Configurable<Partial<O>>;
}
