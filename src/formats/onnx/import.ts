/** The nodes of a file, each made one of the graph or kept as it is. */
import { ReparamError, unsupported, verify, type Graph } from '../../../ir/index.ts';
import { deadCode } from '../../../passes/index.ts';
import { fileError } from '../safetensors-header.ts';
import { elementTypes, type Elements } from './element-types.ts';
import { budget, evaluatorOf, type EvaluationContext } from './evaluate/index.ts';
import { keeper } from './keep.ts';
import type { ModelFile } from './model-file.ts';
import { describeNode, isTraining, int, onnxNode, type OnnxNode } from './onnx-node.ts';
import { operatorOf } from './operators/index.ts';
import { inOrder } from './order.ts';
import { isStatic, siteOf } from './site.ts';
import { withSubgraphs } from './subgraphs.ts';
import { graphTarget, type GraphTarget, type Origin } from './target.ts';
import { isFloatType, typeName } from './tensor-proto.ts';

export interface Import {
  readonly graph: Graph;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Nodes that stay as they are, and why. Those without a reason only serve others of them. */
  readonly kept: ReadonlyMap<OnnxNode, string | null>;
  /** Initializers that they read. */
  readonly keptWeights: ReadonlySet<string>;
  /** The element type of a value, a `TensorProto.DataType`; undefined where none is known. */
  readonly element: (name: string) => number | undefined;
}

const MAX_LISTED = 50;

/**
 * With `keep`, nodes that reparam does not support stay as they are, and so does what no longer has a known
 * shape; otherwise they are an error. Throws one `file` error that lists every node that is at fault.
 */
export function importModel(file: ModelFile, what: string, keep: boolean): Import {
  expectInference(file, what);
  const order = inOrder(file.outputs, file.producer, (node) => {
    throw fileError(what, `${describeNode(node)} needs its own output`);
  });
  const target = graphTarget(file, order);
  const elements = elementTypes(file);
  const opaque = keeper(file, target, elements);
  declareInputs(file, target, opaque.declare, what, keep);
  const context = { opset: file.opset, dtype: file.dtype, size: budget(file.bytes) };
  const problems: string[] = [];
  for (const node of order) {
    // What reads the outputs of a node that was refused is not at fault.
    const reads = [...node.inputs, ...node.captures].filter((name) => name !== '');
    if (reads.some((name) => !target.isKnown(name) && file.producer(name))) continue;
    try {
      elements.of(node);
      if (keep) expectNoConversion(node, target, elements);
      importNode(node, target, context);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      if (keep && (error.code === 'unsupported' || opaque.mayBeWrong(node))) {
        opaque.keep(node, withoutName(error));
      } else {
        problems.push(describeProblem(node, error));
      }
    }
  }
  if (problems.length > 0) throw refusal(problems, what, 'cannot be imported');
  for (const name of file.outputs) {
    if (keep) opaque.read(name);
    else target.output(name);
  }
  const { graph, origins } = target.finish(() => {
    const reasons = [...opaque.kept].filter(([, why]) => why !== null);
    const listed = reasons.map(([node, why]) => `${describeNode(node)} ${why}`);
    throw refusal(listed, what, 'cannot be imported, and there is nothing else to optimise');
  });
  return {
    graph: deadCode.run(verify(graph)).graph,
    origins,
    kept: opaque.kept,
    keptWeights: opaque.weights,
    element: elements.get,
  };
}

/** Shape inference names the node that it is about, by the graph's op. */
function withoutName({ message, subject }: ReparamError): string {
  const end = `"${subject}": `;
  const at = subject === undefined ? -1 : message.indexOf(end);
  return at >= 0 && /^\w+ $/.test(message.slice(0, at)) ? message.slice(at + end.length) : message;
}

/** The node is named once, as the file has it. */
function describeProblem(node: OnnxNode, error: ReparamError): string {
  const reason = withoutName(error);
  return `${describeNode(node)}${reason === error.message ? '' : ':'} ${reason}`;
}

/** Running statistics are not what a file in training mode computes with. */
function expectInference({ proto, opset }: ModelFile, what: string): void {
  const nodes: string[] = [];
  for (const inner of withSubgraphs(proto.graph.node)) {
    if (inner.opType !== 'BatchNormalization') continue;
    const node = onnxNode(inner);
    if (isTraining(node, opset)) nodes.push(`\n  ${describeNode(node)}`);
  }
  if (nodes.length === 0) return;
  const reason = 'normalise by the statistics of the batch, which are not in the file';
  const remedy = 'export it after `model.eval()`';
  throw fileError(what, `is in training mode; ${remedy}. These ${reason}:${nodes.join('')}`);
}

export function refusal(problems: readonly string[], what: string, verb: string): ReparamError {
  const shown = problems.slice(0, MAX_LISTED).map((problem) => `\n  ${problem}`);
  const rest = problems.length - shown.length;
  const more = rest > 0 ? `\n  and ${rest} more` : '';
  const count = problems.length === 1 ? '1 node' : `${problems.length} nodes`;
  return fileError(what, `${count} ${verb}:${shown.join('')}${more}`);
}

function declareInputs(
  file: ModelFile,
  target: GraphTarget,
  declare: (name: string) => void,
  what: string,
  keep: boolean,
): void {
  for (const { name, element, shape } of file.inputs) {
    const quoted = `the input ${JSON.stringify(name)}`;
    if (isFloatType(element) && shape) target.input(name, shape);
    else if (keep) declare(name);
    else if (element === 0) throw fileError(what, `${quoted} is not a tensor`);
    else if (isFloatType(element)) {
      throw fileError(what, `${quoted} has no shape; pass { shapes: { … } }`);
    } else {
      const type = typeName(element);
      throw fileError(what, `${quoted} is ${type}; only floating-point ones are supported`);
    }
  }
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
  // Together with a constant of one element, what has no dimension becomes one of one.
  if (node.isPattern === true && site.shapeOf(0).length === 0)
    throw unsupported('has no dimension');
  const [output] = node.outputs;
  if (output === undefined || output === '') throw unsupported('has no first output');
  if (result.kind !== 'node') return target.define(output, result);
  target.define(output, { kind: 'value', id: target.addFor(node, result) });
}

/** In the graph all floats have one type, so a conversion would be lost. */
function expectNoConversion(node: OnnxNode, target: GraphTarget, elements: Elements): void {
  if (node.op !== 'Cast') return;
  const [from, to] = [elements.get(node.inputs[0] ?? ''), int(node, 'to', 0)];
  if (from === undefined || from === to || isStatic(target.operand(node.inputs[0] ?? ''))) return;
  throw unsupported(`converts ${typeName(from)} to ${typeName(to)}`);
}
