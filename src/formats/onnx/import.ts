/** The nodes of a file, each made one of the graph or kept as it is. */
import { isSymbol, ReparamError, unsupported, verify } from '../../../ir/index.ts';
import type { Dim, Graph, Shape } from '../../../ir/index.ts';
import { deadCode } from '../../../passes/index.ts';
import { fileError } from '../safetensors-header.ts';
import { budget, evaluatorOf, type EvaluationContext } from './evaluate/index.ts';
import type { ModelFile } from './model-file.ts';
import { neededTypes } from './needed-type.ts';
import { describeNode, expectEvaluationMode, int, onnxNode, tensorProto } from './onnx-node.ts';
import type { OnnxNode } from './onnx-node.ts';
import { operatorOf } from './operators/index.ts';
import { inOrder } from './order.ts';
import { shapeRule, type KnownOperands } from './shape-rules.ts';
import { isStatic, siteOf, type Operand } from './site.ts';
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
const MAX_CHAIN = 100_000;

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
        opaque.keep(node, error.message);
      } else {
        problems.push(`${describeNode(node)} ${error.message}`);
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
    throw refusal(listed, what, 'are all there is, and none of them is supported');
  });
  return {
    graph: deadCode.run(verify(graph)).graph,
    origins,
    kept: opaque.kept,
    keptWeights: opaque.weights,
    element: elements.get,
  };
}

/** Running statistics are not what a file in training mode computes with. */
function expectInference({ proto, opset }: ModelFile, what: string): void {
  const problems: string[] = [];
  for (const inner of withSubgraphs(proto.graph.node)) {
    if (inner.opType !== 'BatchNormalization') continue;
    const node = onnxNode(inner);
    try {
      expectEvaluationMode(node, opset);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      problems.push(`${describeNode(node)} ${error.message}`);
    }
  }
  if (problems.length > 0) throw refusal(problems, what, 'cannot be imported');
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
  const [output] = node.outputs;
  if (output === undefined || output === '') throw unsupported('has no first output');
  if (result.kind !== 'node') return target.define(output, result);
  target.define(output, { kind: 'value', id: target.addFor(node, result) });
}

interface Elements {
  readonly get: (name: string) => number | undefined;
  readonly set: (name: string, element: number | undefined) => void;
  /** Works out what the node gives, which is what it reads, as a rule. */
  readonly of: (node: OnnxNode) => void;
}

function elementTypes(file: ModelFile): Elements {
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

/** In the graph all floats have one type, so a conversion would be lost. */
function expectNoConversion(node: OnnxNode, target: GraphTarget, elements: Elements): void {
  if (node.op !== 'Cast') return;
  const [from, to] = [elements.get(node.inputs[0] ?? ''), int(node, 'to', 0)];
  if (from === undefined || from === to || isStatic(target.operand(node.inputs[0] ?? ''))) return;
  throw unsupported(`converts ${typeName(from)} to ${typeName(to)}`);
}

/** Keeps nodes as they are, with all that they read. */
function keeper(file: ModelFile, target: GraphTarget, elements: Elements) {
  const kept = new Map<OnnxNode, string | null>();
  const weights = new Set<string>();
  const made = new Set<string>();
  const needed = neededTypes(file);

  /** A value from outside the graph: an input of it, where enough is known of its type. */
  const declare = (name: string, inferred?: Shape): void => {
    const declared = file.declared(name) ?? file.inputs.find((input) => input.name === name);
    const element = declared?.element;
    const type = typeOf(name, element, inferred ?? declared?.shape);
    if (!type) {
      const isFloat = element === undefined || isFloatType(element);
      const why = isFloat ? 'the shape of which is not known' : `which is ${typeName(element)}`;
      elements.set(name, element);
      target.define(name, { kind: 'foreign', why });
      return;
    }
    elements.set(name, type.element);
    // A size that depends on others is a size of its own from here on.
    const shape = type.shape.map((dim, i) =>
      typeof dim === 'number' || isSymbol(dim)
        ? dim
        : file.symbol(`${name}_${i}`, `${i} of ${name}`),
    );
    for (const dim of symbolsIn(shape)) made.add(dim);
    target.input(name, shape);
  };
  /** What the shape of a node's output can be told from. */
  const known = (node: OnnxNode): KnownOperands => {
    const operandOf = (i: number): Operand | null => {
      const name = node.proto.input[i] ?? '';
      return name !== '' && target.isKnown(name) ? target.operand(name) : null;
    };
    return {
      opset: file.opset,
      shape(i) {
        const operand = operandOf(i);
        if (!operand || operand.kind === 'foreign' || operand.kind === 'padded') return undefined;
        return operand.kind === 'value' ? target.type(operand.id).shape : operand.shape;
      },
      constant(i) {
        const operand = operandOf(i);
        return operand && isStatic(operand) ? operand : null;
      },
    };
  };
  const typeOf = (name: string, element: number | undefined, shape: readonly Dim[] | undefined) => {
    if (element !== undefined && !isFloatType(element)) return undefined;
    const need = needed(name);
    const known = element ?? need.element ?? elements.get(name);
    if (known === undefined || !isFloatType(known)) return undefined;
    if (shape) return { element: known, shape };
    const { rank, channels } = need;
    if (rank === undefined || channels === undefined) return undefined;
    const open = (_: unknown, i: number) => file.symbol(`${name}_${i}`, `${i} of ${name}`);
    const sizes = Array.from({ length: rank }, (_, i): Dim => (i === 1 ? channels : open(_, i)));
    return { element: known, shape: sizes };
  };

  /** Makes sure that the name is in the file that is written. */
  const read = (first: string): void => {
    const stack = [first];
    for (let steps = 0; stack.length > 0; steps++) {
      if (steps > MAX_CHAIN) throw unsupported('is read through too long a chain');
      const name = stack.pop()!;
      if (name === '') continue;
      const producer = file.producer(name);
      if (producer && kept.has(producer)) continue;
      if (file.weights.has(name)) {
        weights.add(name);
        continue;
      }
      const operand: Operand | null = target.isKnown(name) ? target.operand(name) : null;
      if (operand?.kind === 'value') {
        // An input is there anyway.
        if (!target.isInput(name) || file.outputs.includes(name)) target.output(name);
      } else if (producer) {
        kept.set(producer, null);
        stack.push(...producer.proto.input, ...producer.captures);
      } else if (operand === null) {
        throw new ReparamError('shape', `reads "${name}", which nothing defines`);
      }
    }
  };

  return {
    kept,
    weights,
    declare,
    read,
    keep(node: OnnxNode, why: string): void {
      kept.set(node, why);
      for (const name of [...node.proto.input, ...node.captures]) read(name);
      node.outputs.forEach((output, i) => {
        if (output !== '') declare(output, i === 0 ? shapeRule(node, known(node)) : undefined);
      });
    },
    /** Whether the node reads what has made-up sizes, so that sizes which differ may yet be equal. */
    mayBeWrong: (node: OnnxNode): boolean =>
      node.inputs.some((name) => {
        const operand = name !== '' && target.isKnown(name) ? target.operand(name) : null;
        if (operand?.kind !== 'value') return false;
        return symbolsIn(target.type(operand.id).shape).some((symbol) => made.has(symbol));
      }),
  };
}

const symbolsIn = (shape: readonly Dim[]): string[] =>
  shape.flatMap((d) => (typeof d === 'string' ? (d.match(/[A-Za-z_]\w*/g) ?? []) : []));
