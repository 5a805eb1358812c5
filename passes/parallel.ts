/**
 * What the rules about branches of a sum share: which convolutions can become one, and what that costs.
 *
 * Convolutions of one input, stride and padding value whose outputs are added are one convolution (their
 * outputs have one shape, since a sum does not broadcast). It has the greatest number of groups that
 * both can be written with, the greatest common divisor of theirs.
 */
import {
  addCosts,
  greatestCommonDivisor,
  makeNode,
  nodeCost,
  printCost,
  weigh,
} from '../ir/index.ts';
import type { Constant, Cost, Node, NodeOf, Value, ValueId, View } from '../ir/index.ts';
import { any, constant, op, optional, sumOf, where, type ConstantValue } from './pattern.ts';
import type { Conditions } from './rule.ts';
import { geometryOf, sameTaps, uniteGeometries } from './taps.ts';
import type { Geometry } from './taps.ts';
import { evaluatedOnce } from './weights.ts';

/** Two convolutions with constant weights among a sum's operands. */
const twoConvs = sumOf(
  'sum',
  op('conv2d', 'a', any('ax'), constant('aw'), optional(constant('ab')), optional(any('aPad'))),
  op('conv2d', 'b', any('bx'), constant('bw'), optional(constant('bb')), optional(any('bPad'))),
  { symmetric: true },
);

interface Branches {
  readonly sum: NodeOf<'sum'>;
  readonly at: readonly [number, number];
  readonly a: NodeOf<'conv2d'>;
  readonly ax: Value;
  readonly aw: ConstantValue;
  readonly b: NodeOf<'conv2d'>;
  readonly bx: Value;
  readonly bw: ConstantValue;
}

const isAligned = ({ a, aw, b, bw }: Branches) =>
  sameTaps(geometryOf(a, aw.constant.shape), geometryOf(b, bw.constant.shape));

/** Two whose kernels read the same places, so that they can be added. */
export const twoAlignedConvs = where(twoConvs, isAligned);
/** Two of which one kernel or both must grow first. */
export const twoUnalignedConvs = where(twoConvs, (match) => !isAligned(match));

const padsAnything = ({ attrs }: NodeOf<'conv2d'>) => attrs.pads.some((pad) => pad > 0);
const padValue = ({ inputs }: NodeOf<'conv2d'>) => inputs[3] ?? null;

/** The padding value of the merged convolution: that of whichever reads outside of the image. */
export const mergedPadValue = (a: NodeOf<'conv2d'>, b: NodeOf<'conv2d'>) =>
  padValue(padsAnything(a) ? a : b);

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
export const partOf = (conv: NodeOf<'conv2d'>, part: ConstantValue, g: View): Constant =>
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
  [conv, ...others]: readonly [NodeOf<'conv2d'>, ...Node[]],
  { kernel, pads, dilations, group }: Geometry & { group: number },
  g: View,
): true | string {
  const [outputs, perGroup] = g.shape(conv.inputs[1]!) as [number, number];
  const channels = perGroup * conv.attrs.group;
  const { dtype } = conv.outputs[0];
  // Names that no graph has: the weights do not exist yet.
  const weights: Value[] = [
    { id: ' weight', dtype, shape: [outputs, channels / group, ...kernel] },
    { id: ' bias', dtype, shape: [outputs] },
  ];
  const value = (id: ValueId) => weights.find((w) => w.id === id) ?? g.value(id);
  const cost = (node: Node): Cost => nodeCost(node, (id) => value(id).shape);
  const merged = makeNode(
    'conv2d',
    [conv.inputs[0]!, ' weight', ' bias'],
    { ...conv.attrs, pads, dilations, group },
    value,
    sum.id,
  ) as Node;
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
