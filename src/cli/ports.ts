/** What a file takes and gives, of which the graph need not have all. */
import { printType, view, type Value } from '../../ir/index.ts';
import type { ModelFile } from './model-files.ts';

/** An input or output of the file; its type is null where it is not of a kind that reparam computes with. */
export interface Port {
  readonly name: string;
  readonly dtype: Value['dtype'] | null;
  readonly shape: Value['shape'] | null;
}

export interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** The file's own; the graph has others besides, where it borders on what stays as it is. */
export function portsOf({ graph, onnx }: ModelFile): Ports {
  const port = (name: string, value: Value | undefined): Port => ({
    name,
    dtype: value?.dtype ?? null,
    shape: value?.shape ?? null,
  });
  const inputs = new Map(graph.inputs.map((value) => [value.id, value]));
  const outputs = new Map(
    graph.outputs.map(({ name, value }) => [name, view(graph).value(value)] as const),
  );
  const names = onnx ?? { inputs: [...inputs.keys()], outputs: [...outputs.keys()] };
  return {
    inputs: names.inputs.map((name) => port(name, inputs.get(name))),
    // What a node that stays gives may be an output of the file and an input of the graph.
    outputs: names.outputs.map((name) => port(name, outputs.get(name) ?? inputs.get(name))),
  };
}

const printPort = ({ name, dtype, shape }: Port): string =>
  dtype && shape
    ? `${name} ${printType({ dtype, shape })}`
    : `${name} (not of a kind that reparam computes with)`;

/** A line for each. */
export const printPorts = ({ inputs, outputs }: Ports): string[] => [
  ...inputs.map((port) => `input  ${printPort(port)}`),
  ...outputs.map((port) => `output ${printPort(port)}`),
];
