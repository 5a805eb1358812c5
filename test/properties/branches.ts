/** Branches of a sum as the rules look for them, and branches one step off. */
import type { GraphBuilder, Value, ValueId } from '../../ir/index.ts';
import { randomTensor } from '../support/random-weights.ts';

/** What a branch is made of: the graph so far, and the choices that remain. */
export interface Scope {
  readonly b: GraphBuilder;
  /** One of the list; the first when fast-check has shrunk the choice. */
  readonly pick: <T>(list: readonly T[]) => T;
  readonly fresh: (hint: string) => string;
  readonly constant: (hint: string, shape: readonly number[]) => ValueId;
}

export const scopeOf = (b: GraphBuilder, choices: readonly number[]): Scope => {
  let [next, names] = [0, 0];
  const fresh = (hint: string) => `${hint}${names++}`;
  return {
    b,
    pick: (list) => list[choices[next++ % choices.length]! % list.length]!,
    fresh,
    constant(hint, shape) {
      const id = fresh(hint);
      const { dtype } = b.value('x');
      return b.constant(id, randomTensor(id, shape, { dtype, positive: hint === 'variance' }));
    },
  };
};

/** What all convolutions of a sum have in common. */
export interface Stage {
  readonly x: Value;
  readonly outputs: number;
  readonly strides: readonly number[];
  /** Per axis: the pads less what the kernel covers; it decides the size of the output. */
  readonly slack: readonly number[];
  /** What most of the convolutions pad with. */
  readonly padValue: ValueId | null;
}

const channelsOf = ({ shape }: Value): number => shape[1] as number;
const divisors = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);

/** A convolution of the stage, of any kernel whose output has the right size. */
export function convBranch(s: Scope, stage: Stage, x: ValueId = stage.x.id): ValueId {
  const channels = channelsOf(stage.x);
  const common = divisors(channels).filter((d) => stage.outputs % d === 0);
  const group = s.pick([1, 1, ...common]);
  const kernel = [s.pick([3, 1, 2, 4]), s.pick([3, 1, 2, 5])];
  const dilations = [s.pick([1, 1, 2, 3]), s.pick([1, 1, 1, 2])];
  const pads = [0, 0, 0, 0];
  for (const axis of [0, 1]) {
    // With open sizes, outputs are known to be alike only where the slack is.
    const isOpen = typeof stage.x.shape[axis + 2] === 'string';
    const more = isOpen ? 0 : s.pick([0, ...divisors(stage.strides[axis]!).map((d) => d - 1)]);
    let total: number;
    do {
      total = stage.slack[axis]! + more + (kernel[axis]! - 1) * dilations[axis]! + 1;
    } while (total < 0 && s.pick([true, false]) && ++kernel[axis]!);
    // Negative ones crop, as one side may where the other has more than it needs.
    const halves = [Math.floor(total / 2), Math.ceil(total / 2)];
    pads[axis] = s.pick([...halves, total, 0, ...halves, -1, total + 1]);
    pads[axis + 2] = total - pads[axis]!;
  }
  const w = s.constant('w', [stage.outputs, channels / group, ...kernel]);
  const bias = s.pick([true, false]) ? s.constant('b', [stage.outputs]) : null;
  const other = () => s.constant('p', [channels]);
  const padValue = s.pick([() => stage.padValue, () => stage.padValue, () => null, other])();
  const act = s.pick(['none', 'none', 'none', 'none', 'none', 'none', 'none', 'relu'] as const);
  const { strides } = stage;
  const attrs = { strides, pads, dilations, group, act };
  return s.b.node('conv2d', s.fresh('conv'), [x, w, bias, padValue], attrs);
}

/**
 * A transposed convolution of the stage's input, of one size with others of the stage: along each axis the kernel
 * covers as much more than the pads cut off, less what the output padding adds.
 */
function transposedBranch(s: Scope, { x, outputs, strides, slack }: Stage): ValueId {
  const channels = channelsOf(x);
  const group = s.pick([1, 1, ...divisors(channels).filter((d) => outputs % d === 0)]);
  const kernel = [s.pick([3, 1, 2, 4]), s.pick([3, 1, 2, 4])];
  const w = s.constant('w', [channels, outputs / group, ...kernel]);
  const bias = s.pick([true, false]) ? s.constant('b', [outputs]) : null;
  const act = s.pick(['none', 'none', 'none', 'none', 'none', 'none', 'relu'] as const);
  const dilations = [s.pick([1, 1, 2, 3]), s.pick([1, 1, 1, 2])];
  const [pads, output_padding] = [
    [0, 0, 0, 0],
    [0, 0],
  ];
  for (const axis of [0, 1]) {
    const total = (kernel[axis]! - 1) * dilations[axis]! + 1 + slack[axis]!;
    // What cannot be cut off, or is cut off once more on purpose, is added again, if that is allowed.
    const cut = Math.max(total, 0) + s.pick([0, 0, 1]);
    pads[axis] = s.pick([Math.floor(cut / 2), Math.ceil(cut / 2), cut, 0]);
    pads[axis + 2] = cut - pads[axis];
    output_padding[axis] = cut - total;
  }
  const attrs = { strides, pads, dilations, output_padding, group, act };
  return s.b.node('convTranspose2d', s.fresh('transposed'), [x.id, w, bias], attrs);
}

export function batchNorm(s: Scope, x: ValueId): ValueId {
  const channels = channelsOf(s.b.value(x));
  const names = ['scale', 'shift', 'mean', 'variance'];
  const statistics = names.map((name) => s.constant(name, [channels]));
  return s.b.node('batchNorm', s.fresh('bn'), [x, ...statistics], { epsilon: 0.1 });
}

/** Times or plus a constant, which is one per channel as a rule. */
export function affine(s: Scope, x: ValueId): ValueId {
  const { shape } = s.b.value(x);
  const [c, w] = [channelsOf(s.b.value(x)), shape[3]!];
  const own = [[c, 1, 1], [1, c, 1, 1], [], [1], [1, 1, 1]];
  const off = [
    [c, 1, typeof w === 'number' ? w : 1],
    [1, 1, 1, 1, 1],
  ];
  const k = s.constant('k', s.pick([...own, ...own, ...off]));
  const operands = s.pick([true, false]) ? [x, k] : [k, x];
  return s.b.node(s.pick(['mul', 'add'] as const), s.fresh('affine'), operands);
}

export function activate(s: Scope, x: ValueId): ValueId {
  const kind = s.pick(['relu', 'silu', 'leakyRelu', 'clip', 'gelu'] as const);
  if (kind === 'clip') return s.b.node('clip', s.fresh('act'), [x], { min: -0.5, max: 0.75 });
  if (kind === 'gelu') return s.b.node('gelu', s.fresh('act'), [x], { tanh: s.pick([0, 1]) });
  if (kind === 'leakyRelu') return s.b.node('leakyRelu', s.fresh('act'), [x], { alpha: 0.3 });
  return s.b.node(kind, s.fresh('act'), [x]);
}

/** What may stand after a convolution or in the place of one. */
const steps: Readonly<Record<string, (s: Scope, x: ValueId) => ValueId>> = {
  none: (_, x) => x,
  batchNorm,
  affine,
  identity: (s, x) => s.b.node('identity', s.fresh('same'), [x]),
  activate,
  sum: (s, x) => s.b.node('sum', s.fresh('single'), [x]),
};
type Step = keyof typeof steps;

const after = (s: Scope, x: ValueId, kinds: readonly Step[]): ValueId =>
  steps[s.pick(kinds)]!(s, x);

/** A branch that gives an image of the stage's output size, or is refused by the builder or the sum. */
export const branchKinds: Readonly<
  Record<string, (s: Scope, stage: Stage, values: readonly ValueId[]) => ValueId>
> = {
  conv: (s, stage) => convBranch(s, stage),
  convThen: (s, stage) =>
    after(s, convBranch(s, stage), ['batchNorm', 'affine', 'batchNorm', 'activate', 'identity']),
  transposed: (s, stage) => transposedBranch(s, stage),
  transposedThen: (s, stage) =>
    after(s, transposedBranch(s, stage), ['batchNorm', 'affine', 'activate']),
  identity: (s, stage) =>
    after(s, stage.x.id, ['none', 'batchNorm', 'affine', 'identity', 'activate', 'sum']),
  scales: (s, stage) =>
    after(s, after(s, stage.x.id, ['affine', 'batchNorm']), ['batchNorm', 'affine']),
  /** Of another tensor, the newest ones first. */
  residual: (s, _, values) => s.pick(values.toReversed()),
  otherConv: (s, stage) =>
    convBranch(s, stage, after(s, stage.x.id, ['activate', 'batchNorm', 'identity'])),
  pooled(s, { x, strides }) {
    const attrs = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides };
    if (s.pick([true, false])) return s.b.node('maxPool', s.fresh('pool'), [x.id], attrs);
    const count_include_pad = s.pick([true, false]);
    return s.b.node('averagePool', s.fresh('pool'), [x.id], { ...attrs, count_include_pad });
  },
};

/** What follows a sum. */
export const afterSum = (s: Scope, x: ValueId): ValueId =>
  after(s, after(s, x, ['batchNorm', 'none', 'affine']), ['activate', 'none', 'identity']);
