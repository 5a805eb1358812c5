/** Nodes that a rewrite left as they were. */
import { materialise, printAttr, sameShape } from '../../ir/index.ts';
import type { Constant, Node, View } from '../../ir/index.ts';

/** Whether both nodes do the same to the same operands; `isCut` tells the values that both graphs have. */
export function isUnchanged(
  a: Node,
  inA: View,
  b: Node,
  inB: View,
  isCut: (id: string) => boolean,
): boolean {
  return (
    a.op === b.op &&
    a.inputs.length === b.inputs.length &&
    (a.attrs === b.attrs || sameAttrs(a.attrs, b.attrs)) &&
    a.inputs.every((id, i) => {
      const other = b.inputs[i]!;
      if (id === null || other === null) return id === other;
      if (id === other && isCut(id)) return true;
      return sameConstant(inA.constant(id), inB.constant(other));
    })
  );
}

function sameAttrs(a: object, b: object): boolean {
  const others = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(
    ([name, value]) => printAttr(value) === printAttr(others.get(name)),
  );
}

/** Whether both are the same object, or hold the same elements once they are computed. */
export function sameConstant(a: Constant | undefined, b: Constant | undefined): boolean {
  if (!a || !b) return false;
  if (a === b) return true;
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  const [data, others] = [materialise(a).data, materialise(b).data];
  return data === others || data.every((value, i) => Object.is(value, others[i]));
}
