/** ONNX files as graphs. */
import {
  ReparamError,
  shapeError,
  unsupported,
  verify,
  type Graph,
  type Shape,
} from '../../../ir/index.ts';
import { deadCode } from '../../../passes/index.ts';
import { fileError } from '../safetensors-header.ts';
import { budget, evaluatorOf, type EvaluationContext } from './evaluate/index.ts';
import { openModel } from './model-file.ts';
import { describeNode, type OnnxNode } from './onnx-node.ts';
import { operatorOf } from './operators/index.ts';
import { inOrder } from './order.ts';
import { isStatic, siteOf } from './site.ts';
import { graphTarget, type GraphTarget } from './target.ts';
import { toBytes, type Bytes } from '../bytes.ts';

export interface ReadOnnxOptions {
  /** Names the file in errors. */
  readonly what?: string;
  /** Shapes of inputs, in place of those in the file: `{ x: ['N', 3, 224, 224] }`. */
  readonly shapes?: Readonly<Record<string, Shape>>;
}

const MAX_LISTED = 50;

/**
 * The graph in an ONNX file (opset 9 or newer) for inference. Inputs, outputs, weights and nodes keep their
 * names. Constants and what exporters compute from shapes are evaluated; 16-bit floats become float32.
 * Weights are views of `file` where their place in it is aligned.
 *
 * Throws one `file` error that lists every node that cannot be imported: operators that are not supported,
 * BatchNormalization and Dropout in training mode, sizes that contradict each other; and a `file` error for
 * anything malformed.
 */
export function readOnnx(file: Bytes, options: ReadOnnxOptions = {}): Graph {
  const { what = 'the ONNX file', shapes = {} } = options;
  const bytes = toBytes(file, what);
  try {
    return importModel(bytes, what, shapes);
  } catch (error) {
    if (!(error instanceof ReparamError) || error.code === 'file') throw error;
    throw fileError(what, error.message, error);
  }
}

function importModel(
  bytes: Uint8Array,
  what: string,
  shapes: Readonly<Record<string, Shape>>,
): Graph {
  const file = openModel(bytes, what, shapes);
  const order = inOrder(file.outputs, file.producer, (node) => {
    throw fileError(what, `${describeNode(node)} needs its own output`);
  });
  const target = graphTarget(file, order);
  const context = { opset: file.opset, dtype: file.dtype, size: budget(bytes.length) };
  const problems: string[] = [];
  for (const node of order) {
    // What reads the outputs of a node that was refused is not at fault.
    const reads = node.inputs.filter((name) => name !== '');
    if (reads.some((name) => !target.isKnown(name) && file.producer(name))) continue;
    try {
      importNode(node, target, context);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      problems.push(`${describeNode(node)} ${error.message}`);
    }
  }
  if (problems.length > 0) throw refusal(problems, what);
  return deadCode.run(verify(target.finish())).graph;
}

function importNode(node: OnnxNode, target: GraphTarget, context: EvaluationContext): void {
  const site = siteOf(node, target);
  const operands = node.inputs.map((name) => (name === '' ? null : target.operand(name)));
  const evaluate = evaluatorOf(node.op);
  const operator = operatorOf(node.op);
  if (evaluate && operands.every((operand) => operand === null || isStatic(operand))) {
    const results = [evaluate(operands, node, context)].flat();
    node.outputs.forEach((name, i) => {
      if (name !== '' && results[i]) target.define(name, results[i]);
    });
    return;
  }
  if (!operator) {
    throw unsupported(evaluate ? 'is supported on constants only' : 'is not supported');
  }
  const result = operator(site);
  const [output] = node.outputs;
  if (output === undefined || output === '') throw shapeError('has no output');
  if (result.kind !== 'node') return target.define(output, result);
  target.define(output, { kind: 'value', id: target.addFor(node, result) });
}

function refusal(problems: readonly string[], what: string): ReparamError {
  const shown = problems.slice(0, MAX_LISTED).map((problem) => `\n  ${problem}`);
  const rest = problems.length - shown.length;
  const more = rest > 0 ? `\n  and ${rest} more` : '';
  const count = problems.length === 1 ? '1 node' : `${problems.length} nodes`;
  return fileError(what, `${count} cannot be imported:${shown.join('')}${more}`);
}
