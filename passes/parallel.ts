/**
 * What the rules about branches of a sum share: which convolutions can become one, and what that costs.
 *
 * Convolutions of one input, stride and padding value whose outputs are added are one convolution (their
 * outputs have one shape, since a sum does not broadcast). It has the greatest number of groups that
 * both can be written with, the greatest common divisor of theirs. Transposed ones are linear in their
 * kernels likewise: weights are [C, M/group, kH, kW] there, of which rows are input channels, but groups
 * and taps lie in them just as they do in [M, C/group, kH, kW].
 */
import {
  addCosts,
  greatestCommonDivisor,
  makeNode,
  nodeCost,
  printCost,
  weigh,
} from '../ir/index.ts';
import type { Constant, Cost, Fused, Node, NodeOf, Value, ValueId, View } from '../ir/index.ts';
import { any, constant, oneOf, op, optional, sumOf, where } from './pattern.ts';
import type { ConstantValue } from './pattern.ts';
import type { Conditions, NewNode } from './rule.ts';
import { geometryOf, sameTaps, transposedWindow, uniteGeometries } from './taps.ts';
import type { Conv, Geometry } from './taps.ts';
import { evaluatedOnce } from './weights.ts';

/** Two convolutions of one kind with constant weights among a sum's operands. */
const twoConvs = where(
  sumOf(
    'sum',
    oneOf(
      op('conv2d', 'a', any('ax'), constant('aw'), optional(constant('ab')), optional(any('aPad'))),
      op('convTranspose2d', 'a', any('ax'), constant('aw'), optional(constant('ab'))),
    ),
    oneOf(
      op('conv2d', 'b', any('bx'), constant('bw'), optional(constant('bb')), optional(any('bPad'))),
      op('convTranspose2d', 'b', any('bx'), constant('bw'), optional(constant('bb'))),
    ),
    { symmetric: true },
  ),
  // Both plain, or both transposed with a merged one that may have the output padding that it needs.
  (match) =>
    match.a.op === match.b.op &&
    (match.a.op === 'conv2d' ||
      transposedWindow(mergedGeometry(match), match.a.attrs.strides) !== false),
);

interface Branches {
  readonly sum: NodeOf<'sum'>;
  readonly at: readonly [number, number];
  readonly a: Conv;
  readonly ax: Value;
  readonly aw: ConstantValue;
  readonly b: Conv;
  readonly bx: Value;
  readonly bw: ConstantValue;
}

const isAligned = ({ a, aw, b, bw }: Branches) =>
  sameTaps(geometryOf(a, aw.constant.shape), geometryOf(b, bw.constant.shape));

/** Two whose kernels read the same places, so that they can be added. */
export const twoAlignedConvs = where(twoConvs, isAligned);
/** Two of which one kernel or both must grow first. */
export const twoUnalignedConvs = where(twoConvs, (match) => !isAligned(match));

const padsAnything = ({ attrs }: Conv) => attrs.pads.some((pad) => pad > 0);
const padValue = ({ inputs }: Conv) => inputs[3] ?? null;

/** The padding value of the merged convolution: that of whichever reads outside of the image. */
export const mergedPadValue = ({ a, b }: Pick<Branches, 'a' | 'b'>): ValueId | null =>
  padValue(padsAnything(a) ? a : b);

interface Operands {
  readonly x: ValueId;
  readonly weight: ValueId;
  readonly bias: ValueId | null;
  readonly pad: ValueId | null;
}

/** A convolution of the same kind and strides, with other operands and another window. */
export function likeConv(
  conv: Conv,
  { x, weight, bias, pad }: Operands,
  geometry: Geometry & { readonly group: number },
  { act, actParams }: Fused = conv.attrs,
): NewNode {
  const inputs = [x, weight, bias];
  const { pads, dilations, group } = geometry;
  if (conv.op === 'conv2d') {
    const attrs = { ...conv.attrs, pads, dilations, group, act, actParams };
    return { op: conv.op, inputs: [...inputs, pad], attrs };
  }
  const window = transposedWindow(geometry, conv.attrs.strides);
  return { op: conv.op, inputs, attrs: { ...conv.attrs, ...window, group, act, actParams } };
}

export const sameClass: Conditions<Branches> = {
  'the branches read different tensors': ({ ax, bx }) => ax.id === bx.id,
  // Outputs may have one size all the same: strides 2 and 3 both give two of 4 pixels.
  'the branches have different strides': ({ a, b }) =>
    a.attrs.strides.every((stride, i) => stride === b.attrs.strides[i]),
  'the branches are padded with different values': ({ a, b }) =>
    !padsAnything(a) || !padsAnything(b) || padValue(a) === padValue(b),
};

export const notActivated: Conditions<Branches> = {
  'a branch is activated before the sum': ({ a, b }) =>
    a.attrs.act === 'none' && b.attrs.act === 'none',
};

/**
 * The weight or bias of a branch as part of a merged one. Where the branch stays for another user, which
 * may be merged in turn, it is evaluated once: otherwise s(n) = s(n-1) + s(n-2) takes 2^n steps.
 */
export const partOf = (conv: Conv, part: ConstantValue, g: View): Constant =>
  g.useCount(conv.outputs[0].id) > 1 ? evaluatedOnce(part.constant) : part.constant;

/** Kernel, pads, dilations and groups of the one convolution that does the work of both. */
export function mergedGeometry({ a, aw, b, bw }: Branches): Geometry & { group: number } {
  const [ga, gb] = [geometryOf(a, aw.constant.shape), geometryOf(b, bw.constant.shape)];
  return {
    ...uniteGeometries(ga, gb),
    group: greatestCommonDivisor(a.attrs.group, b.attrs.group),
  };
}

export const worthMerging: Conditions<Branches> = {
  'the merged convolution would cost more than its parts': (match, g) =>
    compareCosts(match.sum, match.at, [match.a, match.b], mergedGeometry(match), g),
};

/**
 * True where the sum costs no more after two of its operands have become a convolution of the given
 * geometry, otherwise both costs. `parts` are the nodes of those operands, a convolution first. A part
 * with another user stays, so that merging does not save it.
 */
export function compareCosts(
  sum: NodeOf<'sum'>,
  at: readonly [number, number],
  [conv, ...others]: readonly [Conv, ...Node[]],
  geometry: Geometry & { group: number },
  g: View,
): true | string {
  const [rows, perGroup] = g.shape(conv.inputs[1]!) as [number, number];
  const columns = (perGroup * conv.attrs.group) / geometry.group;
  const { dtype, shape } = conv.outputs[0];
  // Names that no graph has: the weights do not exist yet.
  const weights: Value[] = [
    { id: ' weight', dtype, shape: [rows, columns, ...geometry.kernel] },
    { id: ' bias', dtype, shape: [shape[1]!] },
  ];
  const operands = { x: conv.inputs[0]!, weight: ' weight', bias: ' bias', pad: null };
  const value = (id: ValueId) => weights.find((w) => w.id === id) ?? g.value(id);
  const cost = (node: Node): Cost => nodeCost(node, (id) => value(id).shape);
  const { op: kind, inputs, attrs } = likeConv(conv, operands, geometry);
  const merged = makeNode(kind, inputs, attrs ?? {}, value, sum.id) as Node;
  const places = (node: Node) => at.filter((i) => sum.inputs[i] === node.outputs[0].id).length;
  const saved = [...new Set<Node>([conv, ...others])].filter(
    (node) => g.useCount(node.outputs[0].id) === places(node),
  );
  const rest = sum.inputs.filter((_, i) => !at.includes(i));
  const left: Node = { ...sum, inputs: [sum.outputs[0].id, ...rest] };
  const before = addCosts([...saved, sum].map(cost));
  const after = addCosts([merged, ...(rest.length > 0 ? [left] : [])].map(cost));
  // A dispatch less is not worth arithmetic done twice, for a part that stays.
  const isTwice = saved.length < 1 + others.length && after.macs > before.macs;
  const isCheaper = weigh(after) <= weigh(before) && !isTwice;
  return isCheaper || `${printCost(after)} against ${printCost(before)}`;
}

/** The sum's operands with `merged` in the place of the first of the pair, and without the second. */
export const withoutPair = (
  sum: NodeOf<'sum'>,
  at: readonly [number, number],
  merged: ValueId,
): (ValueId | null)[] =>
  sum.inputs.flatMap((id, i) => {
    if (i === Math.min(...at)) return [merged];
    return at.includes(i) ? [] : [id];
  });
