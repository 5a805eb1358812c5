/** Slice's operands, which were attributes before opset 10. */
import { shapeError } from '../../../../ir/index.ts';
import { intList, type OnnxNode } from '../onnx-node.ts';
import { axisOf, plainInts, type Static } from '../static.ts';

export interface AxisSlice {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What is taken of each axis that is named. `known` gives an operand, which must be constant. */
export function slicesOf(
  known: (index: number, what: string) => Static | null,
  node: OnnxNode,
  opset: number,
  rank: number,
): AxisSlice[] {
  const given = (index: number, what: string): number[] | undefined => {
    if (opset < 10) return intList(node, what);
    const input = known(index, what);
    return input ? plainInts(input, what) : undefined;
  };
  const [starts, ends] = [given(1, 'starts') ?? [], given(2, 'ends') ?? []];
  const axes = (given(3, 'axes') ?? starts.map((_, i) => i)).map((axis) => axisOf(axis, rank));
  const steps = given(4, 'steps') ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length)) {
    throw shapeError('has starts, ends, axes and steps of different lengths');
  }
  if (new Set(axes).size !== axes.length) throw shapeError('has an axis twice');
  if (steps.includes(0)) throw shapeError('has a step of 0');
  return axes.map((axis, i) => ({ axis, start: starts[i]!, end: ends[i]!, step: steps[i]! }));
}
