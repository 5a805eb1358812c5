/** The shapes that Squeeze and Unsqueeze make, of constants and of values alike. */
import { shapeError, unsupported, type Dim, type Shape } from '../../../../ir/index.ts';
import { intList, type OnnxNode } from '../onnx-node.ts';
import { axisOf, plainInts, type Static } from '../static.ts';

/** An attribute before opset 13, an input since. */
function axesOf(input: Static | null, node: OnnxNode, opset: number): number[] | undefined {
  if (opset < 13) return intList(node, 'axes');
  return input ? plainInts(input, 'axes') : undefined;
}

export function squeezed(shape: Shape, input: Static | null, node: OnnxNode, opset: number): Dim[] {
  const axes = axesOf(input, node, opset)?.map((axis) => axisOf(axis, shape.length));
  const dropped = axes ? axes.map((axis) => shape[axis]!) : shape;
  const open = dropped.find((d) => typeof d === 'string');
  if (open !== undefined) {
    throw unsupported(`depends on whether ${open} is 1; give the open size as a number`);
  }
  if (axes?.some((axis) => shape[axis] !== 1)) {
    throw shapeError(`cannot drop the axes ${axes.join(',')} of [${shape.join(',')}]`);
  }
  return shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1));
}

export function unsqueezed(
  shape: Shape,
  input: Static | null,
  node: OnnxNode,
  opset: number,
): Dim[] {
  const axes = axesOf(input, node, opset);
  if (!axes) throw shapeError('lacks its axes');
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  if (added.size !== axes.length) throw shapeError('has an axis twice');
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i): Dim => (added.has(i) ? 1 : rest.shift()!));
}
