/** Graphs of a depthwise convolution "d" and what comes after it, stage by stage. */
import { evaluate, Tensor, type Graph } from '../../ir/index.ts';
import { magnitudes } from '../support/magnitude.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** A graph with its inputs. */
interface Given {
  readonly graph: Graph;
  readonly inputs: Inputs;
}

export interface Stages {
  /** Its node is called "y". */
  readonly first: Given;
  /** "d" is an input, as exact as the evaluator has it. */
  readonly last: Given;
}

/** Null for a graph without a first stage. */
export function splitStages(graph: Graph, inputs: Inputs): Stages | null {
  const d = graph.nodes.find(({ id }) => id === 'd');
  if (!d) return null;
  const { x, ...others } = inputs;
  const ofFirst: Graph = {
    ...graph,
    inputs: graph.inputs.filter(({ id }) => id === 'x'),
    nodes: [{ ...d, id: 'y' }],
    outputs: [{ name: 'd', value: 'd' }],
  };
  const first = { graph: ofFirst, inputs: { x: x! } };
  const ofLast: Graph = {
    ...graph,
    inputs: [...graph.inputs.filter(({ id }) => id !== 'x'), d.outputs[0]],
    nodes: graph.nodes.filter((node) => node !== d),
  };
  return { first, last: { graph: ofLast, inputs: { ...others, ...evaluate(ofFirst, { x: x! }) } } };
}

/** Inputs of the last stage with "d" as large as it may be, and what its errors come to in the sums after it. */
export function carryErrors({ graph, inputs }: Given, errors: Float64Array) {
  const { shape, data } = inputs['d']!;
  const grown = (off: (i: number) => number): Inputs => ({
    ...inputs,
    d: new Tensor(
      shape,
      Float64Array.from(data, (value, i) => Math.abs(value) + off(i)),
    ),
  });
  const largest = grown((i) => errors[i]!);
  const sums = (given: Inputs) => Object.values(magnitudes(graph, given))[0]!.data;
  const exact = sums(grown(() => 0));
  return {
    largest,
    carried: Float64Array.from(sums(largest), (value, i) => value - exact[i]!),
  };
}
