/** The nodes that stay as they are, and what they have in common with the graph. */
import { isSymbol, ReparamError, unsupported, type Dim, type Shape } from '../../../ir/index.ts';
import type { Elements } from './element-types.ts';
import type { ModelFile } from './model-file.ts';
import { neededTypes } from './needed-type.ts';
import type { OnnxNode } from './onnx-node.ts';
import { shapeRule, type KnownOperands } from './shape-rules.ts';
import { isStatic, type Operand } from './site.ts';
import type { GraphTarget } from './target.ts';
import { isFloatType, typeName } from './tensor-proto.ts';

const MAX_CHAIN = 100_000;

/** Keeps nodes as they are, with all that they read. */
export function keeper(file: ModelFile, target: GraphTarget, elements: Elements) {
  const kept = new Map<OnnxNode, string | null>();
  const weights = new Set<string>();
  const made = new Set<string>();
  const needed = neededTypes(file);
  const outputs = new Set(file.outputs);

  /** A value from outside the graph: an input of it, where enough is known of its type. */
  const declare = (name: string, inferred?: Shape): void => {
    const declared = file.declared(name) ?? file.inputs.find((input) => input.name === name);
    const element = declared?.element;
    const type = typeOf(name, element, known(declared?.shape, inferred));
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
  const operandsOf = (node: OnnxNode): KnownOperands => {
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
  /** What the file declares, with what is inferred where that is open. */
  const known = (declared: Shape | undefined, inferred: Shape | undefined): Shape | undefined => {
    if (!declared || declared.length !== inferred?.length) return declared ?? inferred;
    return declared.map((dim, i) => (typeof dim === 'number' ? dim : inferred[i]!));
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
        if (!target.isInput(name) || outputs.has(name)) target.output(name);
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
        if (output !== '') declare(output, i === 0 ? shapeRule(node, operandsOf(node)) : undefined);
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
