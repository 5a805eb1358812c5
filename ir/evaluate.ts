/** The meaning of a graph, in float64 and without regard to speed: the oracle of all tests. */
import type { Array64 } from './define-op.ts';
import { isStatic, printShape, sameShape, staticShape } from './dim.ts';
import { ReparamError } from './errors.ts';
import { expectGraph, type Graph, type ValueId } from './graph.ts';
import { opDef } from './registry.ts';
import { specialise } from './specialise.ts';
import { Tensor, toFloat64 } from './tensor.ts';
import { view } from './view.ts';

/**
 * The outputs by name, float64, for inputs by name. Symbolic dimensions take their sizes from the
 * inputs. Lazy constants are taken before rounding.
 */
export function evaluate(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  expectGraph(graph, 'evaluate');
  const fixed = specialise(graph, dimsOf(graph, inputs));
  const values = new Map<ValueId, Array64>();
  for (const { id } of fixed.inputs) {
    values.set(id, { shape: inputs[id]!.shape, data: Float64Array.from(inputs[id]!.data) });
  }
  const read = (id: ValueId): Array64 => {
    const known = values.get(id);
    if (known) return known;
    const constant = view(graph).constant(id)!;
    return { shape: constant.shape, data: toFloat64(constant) };
  };
  const lastUse = new Map<ValueId, number>();
  fixed.nodes.forEach((node, i) => node.inputs.forEach((id) => id !== null && lastUse.set(id, i)));
  for (const { value } of fixed.outputs) lastUse.set(value, Infinity);
  fixed.nodes.forEach((node, i) => {
    const operands = node.inputs.map((id) => (id === null ? null : read(id)));
    const { id, shape } = node.outputs[0];
    const fixedShape = staticShape(shape, `%${id}`);
    const data = opDef(node.op).evaluate(operands, node.attrs, fixedShape);
    values.set(id, { shape: fixedShape, data });
    for (const input of node.inputs) {
      if (input !== null && lastUse.get(input) === i) values.delete(input);
    }
  });
  return Object.fromEntries(
    fixed.outputs.map(({ name, value }) => {
      const { shape, data } = read(value);
      return [name, new Tensor(shape, data)];
    }),
  );
}

/** The sizes of the graph's symbols, read off the inputs. Throws an `input` error that names the input. */
export function dimsOf(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, number> {
  // No prototype: a symbol may be called `constructor`.
  const dims = Object.create(null) as Record<string, number>;
  const unknown = Object.keys(inputs ?? {}).find(
    (name) => !graph.inputs.some(({ id }) => id === name),
  );
  if (unknown !== undefined) {
    const known = graph.inputs.map(({ id, shape }) => `"${id}" ${printShape(shape)}`).join(', ');
    const message = `there is no input "${unknown}"; the graph has ${known || 'none'}`;
    throw new ReparamError('input', message, unknown);
  }
  for (const { id, shape } of graph.inputs) {
    const given = Object.hasOwn(inputs ?? {}, id) ? inputs[id] : undefined;
    if (!given) throw new ReparamError('input', `the input "${id}" is missing`, id);
    if (!(given instanceof Tensor)) {
      const message = `the input "${id}" is no Tensor; make it with tensor(shape, data)`;
      throw new ReparamError('input', message, id);
    }
    const differs = `the input "${id}" is ${printShape(given.shape)}, not ${printShape(shape)}`;
    if (given.shape.length !== shape.length) throw new ReparamError('input', differs, id);
    shape.forEach((d, i) => {
      if (typeof d === 'string') dims[d] ??= given.shape[i]!;
    });
    const wanted = shape.map((d) => (typeof d === 'string' ? dims[d]! : d));
    if (!sameShape(wanted, given.shape)) {
      const fixed = isStatic(shape) ? '' : `, that is ${printShape(wanted)}`;
      throw new ReparamError('input', differs + fixed, id);
    }
  }
  return dims;
}
