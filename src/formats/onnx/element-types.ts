/** The element types of values: in the graph they are all one, in the file they stay what they are. */
import type { ModelFile } from './model-file.ts';
import { int, tensorProto, type OnnxNode } from './onnx-node.ts';
import { isFloatType } from './tensor-proto.ts';

export interface Elements {
  readonly get: (name: string) => number | undefined;
  readonly set: (name: string, element: number | undefined) => void;
  /** Works out what the node gives, which is what it reads, as a rule. */
  readonly of: (node: OnnxNode) => void;
}

export function elementTypes(file: ModelFile): Elements {
  const known = new Map<string, number>();
  for (const { name, element } of file.inputs) known.set(name, element);
  for (const [name, { dataType }] of file.weights) known.set(name, dataType);
  const set: Elements['set'] = (name, element) => {
    if (element !== undefined && element !== 0) known.set(name, element);
  };
  return {
    get: (name) => known.get(name),
    set,
    of(node) {
      const tensor = node.op === 'Constant' ? tensorProto(node, 'value')?.dataType : undefined;
      const to = node.op === 'Cast' ? int(node, 'to', 0) : undefined;
      const read = node.inputs
        .map((name) => known.get(name))
        .find((type) => isFloatType(type ?? 0));
      for (const output of node.outputs) set(output, tensor ?? to ?? read);
    },
  };
}
