/** Evaluating a graph of fixed sizes with bounds of the errors that rounding can have made. */
import { activations, isActivation, opDef, staticShape, toFloat64, view } from '../../ir/index.ts';
import type { ActivationDef, Constant, Fused, Graph, Node, ValueId } from '../../ir/index.ts';
import { apply, gamma, termsOf, UNIT, type Bounded } from './bounded.ts';
import { bounds } from './bounds.ts';
import { lipschitz } from './lipschitz.ts';
import type { Rounding } from './roundings.ts';

/**
 * The outputs by name. Inputs are taken to be exact, constants to be off by `rounding`, and float64 rounds after each operation.
 */
export function evaluateBounded(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, Float64Array>,
  rounding: Rounding,
): Map<string, Bounded> {
  const g = view(graph);
  const values = new Map<ValueId, Bounded>();
  for (const { id, shape } of graph.inputs) {
    const data = inputs.get(id)!;
    values.set(id, { shape: staticShape(shape, id), data, error: new Float64Array(data.length) });
  }
  const read = (id: ValueId): Bounded => values.get(id) ?? rounded(g.constant(id)!, rounding);
  const uses = new Map<ValueId, number>();
  for (const id of graph.nodes.flatMap((node) => node.inputs)) {
    if (id !== null) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  for (const { value } of graph.outputs) uses.set(value, Infinity);
  for (const node of graph.nodes) {
    const operands = node.inputs.map((id) => (id === null ? null : read(id)));
    values.set(node.outputs[0].id, evaluateNode(node, operands));
    for (const id of node.inputs) {
      if (id === null) continue;
      uses.set(id, uses.get(id)! - 1);
      if (uses.get(id) === 0) values.delete(id);
    }
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, read(value)]));
}

function rounded(constant: Constant, rounding: Rounding): Bounded {
  const data = toFloat64(constant);
  const { unit, smallest } = rounding(constant.dtype);
  const error = data.map((value) => unit * (Math.abs(value) + smallest));
  return { shape: constant.shape, data, error };
}

function evaluateNode(node: Node, operands: readonly (Bounded | null)[]): Bounded {
  const shape = staticShape(node.outputs[0].shape, node.id);
  if (isActivation(node.op)) {
    const data = opDef(node.op).evaluate(operands, node.attrs, shape);
    const params = node.attrs as Readonly<Record<string, number>>;
    const actParams = Object.keys(activations[node.op].params).map((name) => params[name]!);
    return { shape, data, error: activated(operands[0]!, { act: node.op, actParams }) };
  }
  const before = { shape, data: apply(node.op, operands, node.attrs, shape) };
  const terms = termsOf(
    node,
    operands.map((x) => x && x.shape),
  );
  const bound = bounds[node.op] as (typeof bounds)['sum'];
  const error = bound(operands, node.attrs as never, before, terms);
  if (!('act' in node.attrs) || node.attrs.act === 'none') return { ...before, error };
  const { act, actParams } = node.attrs;
  const { evaluate }: ActivationDef = activations[act];
  const data = before.data.map((x) => evaluate(x, actParams));
  return { shape, data, error: activated({ ...before, error }, node.attrs) };
}

/** The function itself is computed to a few units of float64, of its argument at most. */
const activated = ({ data, error }: Bounded, fused: Fused): Float64Array => {
  const slope = lipschitz(fused);
  return error.map((e, i) => slope * e + gamma(8) * (Math.abs(data[i]!) + UNIT.f64));
};
