/** With which code the import of a node fails. */
import { ReparamError, unsupported } from '../../../ir/index.ts';
import { budget, evaluatorOf } from '../../../src/formats/onnx/evaluate/index.ts';
import { openModel } from '../../../src/formats/onnx/model-file.ts';
import type { OnnxNode } from '../../../src/formats/onnx/onnx-node.ts';
import { operatorOf } from '../../../src/formats/onnx/operators/index.ts';
import { isStatic, siteOf } from '../../../src/formats/onnx/site.ts';
import { graphTarget, type GraphTarget } from '../../../src/formats/onnx/target.ts';
import { onnxOf, type OnnxParts } from './make-onnx.ts';

function importNode(node: OnnxNode, target: GraphTarget, opset: number): void {
  const operands = node.inputs.map((name) => (name === '' ? null : target.operand(name)));
  const evaluate = evaluatorOf(node.op);
  const operator = operatorOf(node.op);
  const known = operands.every((operand) => operand === null || isStatic(operand));
  if (!operator && !(evaluate && known)) throw unsupported('is not supported');
  if (evaluate && known) {
    const results = evaluate(operands, node, { opset, dtype: 'f32', size: budget(1000) });
    [results].flat().forEach((result, i) => target.define(node.outputs[i]!, result));
    return;
  }
  const result = operator!(siteOf(node, target));
  if (result.kind !== 'node') return target.define(node.outputs[0]!, result);
  target.define(node.outputs[0]!, { kind: 'value', id: target.addFor(node, result) });
}

/** `none` where every node can be imported. */
export function codeOf(parts: OnnxParts): string {
  const file = openModel(onnxOf(parts), 'the file', {});
  const target = graphTarget(file, file.nodes);
  try {
    for (const node of file.nodes) importNode(node, target, file.opset);
  } catch (error) {
    if (error instanceof ReparamError) return error.code;
    throw error;
  }
  return 'none';
}
