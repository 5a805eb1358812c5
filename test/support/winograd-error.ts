/** How far the outputs of several Winograd convolutions may be off, each reading what others computed. */
import {
  evaluate,
  GraphBuilder,
  Tensor,
  type Fused,
  type Graph,
  type NodeOf,
} from '../../ir/index.ts';
import { lipschitz } from '../../src/equivalence/lipschitz.ts';
import { unit } from './magnitude.ts';
import { f4x4, winogradMagnitude, winogradUnits, type Form } from './winograd-magnitude.ts';

type Values = Readonly<Record<string, Tensor>>;

const combine = (a: Tensor, b: Tensor, f: (a: number, b: number) => number) =>
  new Tensor(
    a.shape,
    Float64Array.from(a.data, (value, i) => f(value, b.data[i]!)),
  );

const map = (a: Tensor, f: (a: number) => number) =>
  new Tensor(a.shape, Float64Array.from(a.data, f));

/**
 * For every output of a graph of 3x3 convolutions, of constant weights and stride 1, and of sums: what its
 * elements may be off by. A convolution passes on the errors of its image, times the absolute weights, and
 * adds its own, for an image as large as those errors make it.
 */
export function winogradErrors(
  graph: Graph,
  inputs: Values,
  form: Form = f4x4,
): Record<string, Tensor> {
  const all = graph.nodes.map(({ outputs: [{ id }] }) => ({ name: id, value: id }));
  const values: Values = { ...inputs, ...evaluate({ ...graph, outputs: all }, inputs) };
  const errors: Record<string, Tensor> = {};
  const errorOf = (id: string) => errors[id] ?? map(values[id]!, () => 0);
  for (const node of graph.nodes) {
    const { id } = node.outputs[0];
    if (node.op !== 'conv2d' && node.op !== 'sum') throw new Error(`no bound for ${node.op}`);
    const off =
      node.op === 'conv2d'
        ? convolutionError(node, graph, form, values[node.inputs[0]!]!, errorOf(node.inputs[0]!))
        : node.inputs
            .map((one) => combine(values[one!]!, errorOf(one!), sumError))
            .reduce((a, b) => combine(a, b, (p, q) => p + q));
    // A rounding of the activation itself is among those of what it gets.
    errors[id] = map(off, (value) => value * lipschitz(node.attrs));
  }
  return Object.fromEntries(graph.outputs.map(({ name, value }) => [name, errorOf(value)]));
}

/** Of an operand of a sum: its own error, a rounding as it is added, and one of the activation. */
const sumError = (value: number, error: number) => error + 2 * unit * (Math.abs(value) + error);

function convolutionError(
  node: NodeOf<'conv2d'>,
  graph: Graph,
  form: Form,
  image: Tensor,
  error: Tensor,
): Tensor {
  const constant = (id: string) => graph.consts[id] as Tensor;
  const weights = constant(node.inputs[1]!);
  const [, , bias, padValue] = node.inputs;
  const alone = (x: Tensor, w: Tensor, added: boolean) => {
    const b = new GraphBuilder('alone');
    b.input('x', x.shape, x.dtype);
    b.constant('w', w);
    const more = [bias, padValue].map((id, i) => {
      if (!id || !added) return null;
      return b.constant(`${i}`, map(constant(id), Math.abs));
    });
    const plain: Fused = { act: 'none', actParams: [] };
    b.node('conv2d', 'y', ['x', 'w', ...more], { ...node.attrs, ...plain });
    return { graph: b.finish([{ name: 'y', value: 'y' }]), inputs: { x } };
  };
  const run = ({ graph: one, inputs }: ReturnType<typeof alone>) => evaluate(one, inputs)['y']!;
  const positive = map(weights, Math.abs);
  const carried = run(alone(error, positive, false));
  const largest = alone(
    combine(image, error, (v, e) => Math.abs(v) + e),
    positive,
    true,
  );
  const magnitude = combine(
    winogradMagnitude(largest.graph, largest.inputs, form),
    run(largest),
    (a, b) => a + b,
  );
  const units = winogradUnits(weights.shape[1]!, form) + 1;
  return combine(carried, magnitude, (e, m) => e + units * unit * m);
}
