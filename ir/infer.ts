/** Shape inference for one node, with errors that name it. */
import { checkAttrs } from './attr.ts';
import { ReparamError } from './errors.ts';
import type { Type } from './define-op.ts';
import { opDef, type OpName } from './registry.ts';

/** The operand's name in messages: `w`, or `x[2]` of a variadic one. */
export function operandName(op: OpName, index: number): string {
  const { operands } = opDef(op);
  const last = operands.at(-1)!;
  if (last.kind !== 'variadic' || index < operands.length - 1) {
    return operands[index]?.name ?? `operand ${index}`;
  }
  return `${last.name}[${index - operands.length + 1}]`;
}

function checkOperands(op: OpName, inputs: readonly (Type | null)[]): void {
  const { operands } = opDef(op);
  const isVariadic = operands.at(-1)!.kind === 'variadic';
  if (!isVariadic && inputs.length !== operands.length) {
    throw new ReparamError('shape', `takes ${operands.length} operands, not ${inputs.length}`);
  }
  if (inputs.length < operands.length) throw new ReparamError('shape', 'needs an operand');
  const dtype = inputs[0]?.dtype;
  inputs.forEach((input, i) => {
    const { kind } = operands[Math.min(i, operands.length - 1)]!;
    if (!input && kind !== 'optional') {
      throw new ReparamError('shape', `the operand ${operandName(op, i)} is absent`);
    }
    if (input && input.dtype !== dtype) {
      const what = `${operandName(op, i)} is ${input.dtype}, ${operandName(op, 0)} is ${dtype}`;
      throw new ReparamError('shape', `operands of different dtypes: ${what}`);
    }
  });
}

/**
 * The type of a node's output. Throws a `shape` error that names the node, the op and the operand, and an
 * `unsupported` one for symbolic sizes that cannot be expressed.
 */
export function inferType(
  node: { readonly id: string; readonly op: OpName; readonly attrs: object },
  inputs: readonly (Type | null)[],
): Type {
  try {
    checkAttrs(opDef(node.op).attrs, node.attrs);
    checkOperands(node.op, inputs);
    return opDef(node.op).infer(inputs, node.attrs);
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    throw new ReparamError(error.code, `${node.op} "${node.id}": ${error.message}`, node.id);
  }
}
