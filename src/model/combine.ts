/** What takes more than one tensor, and the layers made of layers. */
import { printShape, ReparamError, sameShape, shapeError } from '../../ir/index.ts';
import type { AttrsOf, OpName, Shape } from '../../ir/index.ts';
import { fromCaller } from './caller.ts';
import { applyNamed, compositeLayer, expectLayer } from './layer.ts';
import { describe, isSym, type Layer, type Sym } from './sym.ts';
import { addNode, automaticPath, traceOf } from './trace.ts';

function combine<K extends OpName>(
  op: K,
  tensors: readonly Sym[],
  attrs: Partial<AttrsOf<K>> = {},
): Sym {
  const [first, ...rest] = tensors;
  if (tensors.length === 0) throw shapeError(`${op} needs a tensor`);
  const trace = traceOf(first!, ...rest);
  const inputs = tensors.map((x) => x.id);
  return addNode(trace, op, automaticPath(trace, op), inputs, attrs);
}

function sumOf(tensors: readonly Sym[]): Sym {
  const [first, ...rest] = tensors;
  if (tensors.length === 0) throw shapeError('sum needs a tensor');
  const trace = traceOf(first!, ...rest);
  const other = rest.find((x) => !sameShape(x.shape, first!.shape));
  if (first && other) {
    const path = automaticPath(trace, 'sum');
    const shapes = [first, other].map(({ id, shape }) => `"${id}" ${printShape(shape)}`);
    const message = `sum "${path}": ${shapes.join(' and ')} differ in shape`;
    throw shapeError(message + shapeHint(first.shape, other.shape), path);
  }
  return combine('sum', tensors);
}

/** What two branches that should have one shape lack, as a rule. */
function shapeHint(a: Shape, b: Shape): string {
  if (a.length !== b.length) return '';
  const axes = a.flatMap((size, axis) => (size === b[axis] ? [] : [axis]));
  if (axes.every((axis) => axis === 1)) return '; give both the same number of channels';
  if (a.length !== 4 || axes.some((axis) => axis < 2)) return '';
  return `; is padding missing? At stride 1, padding: 'same' keeps the size`;
}

/** a + b, broadcast as in PyTorch. For branches of one shape use `sum`. */
export function add(a: Sym, b: Sym): Sym {
  return fromCaller(add, () => combine('add', [a, b]));
}

/** a b, element by element, broadcast as in PyTorch. */
export function mul(a: Sym, b: Sym): Sym {
  return fromCaller(mul, () => combine('mul', [a, b]));
}

/** The sum of tensors of one shape. */
export function sum(...tensors: readonly Sym[]): Sym {
  return fromCaller(sum, () => sumOf(tensors));
}

/** The tensors one after another along the axis (1 is the channels); their other sizes are equal. */
export function concat(tensors: readonly Sym[], axis: number): Sym {
  return fromCaller(concat, () => {
    if (Array.isArray(tensors)) return combine('concat', tensors, { axis });
    throw shapeError(`concat takes a list of tensors, not ${describe(tensors)}`);
  });
}

/** Layers with their names. In a list they are called 0, 1, 2, …; what is false or undefined is left out. */
export type Layers =
  readonly (Layer | false | undefined)[] | Readonly<Record<string, Layer | false | undefined>>;

function entriesOf(kind: string, layers: Layers): (readonly [string, Layer])[] {
  if (typeof layers !== 'object' || layers === null || isSym(layers)) {
    const message = `${kind} takes a list or a record of layers, not ${describe(layers)}`;
    throw new ReparamError('invalid-graph', message);
  }
  // JavaScript moves such keys to the front, so their order would not be the one written.
  const misplaced = Array.isArray(layers)
    ? undefined
    : Object.keys(layers).find((k) => /^\d+$/.test(k));
  if (misplaced !== undefined) {
    throw new ReparamError('invalid-graph', `"${misplaced}" as a key loses its place; pass a list`);
  }
  return Object.entries(layers as Readonly<Record<string, Layer | false | undefined>>).flatMap(
    ([name, layer]) =>
      layer ? [[name, expectLayer(layer, `${kind}, layer "${name}"`)] as const] : [],
  );
}

/** One layer after another: `sequential({ conv: conv2d(64, 3), bn: batchNorm() })`, or with a list. */
export function sequential(layers: Layers): Layer {
  return fromCaller(sequential, () => {
    const entries = entriesOf('sequential', layers);
    return compositeLayer((x) =>
      entries.reduce((y, [name, layer]) => applyNamed(name, layer, y), x),
    );
  });
}

/**
 * The sum of several layers of the same input: the branches of a re-parameterisable block. Throws a
 * `shape` error where their outputs differ in shape.
 */
export function branches(layers: Layers): Layer {
  return fromCaller(branches, () => {
    const entries = entriesOf('branches', layers);
    if (entries.length === 0) throw shapeError('branches needs at least one layer');
    return compositeLayer((x) => sumOf(entries.map(([name, layer]) => applyNamed(name, layer, x))));
  });
}
