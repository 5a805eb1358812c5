/** Graphs made around the left-hand sides of the rules: sums of up to six branches, two or three deep. */
import fc from 'fast-check';
import { GraphBuilder, ReparamError, sameShape, verify } from '../../ir/index.ts';
import type { DType, Graph, Value, ValueId } from '../../ir/index.ts';
import { afterSum, branchKinds, scopeOf, type Scope, type Stage } from './branches.ts';

export interface BlockOptions {
  /** The kinds of branches to draw from. */
  readonly kinds?: readonly (keyof typeof branchKinds)[];
  /** What most sums begin with, and what stands in for what does not fit; `conv` by default. */
  readonly base?: keyof typeof branchKinds;
}

type Choices = readonly number[];

/** The branch, or null where the choices do not fit together, as with a kernel greater than the image. */
function attempt(make: () => ValueId): ValueId | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof ReparamError && /^(shape|unsupported)$/.test(error.code)) return null;
    throw error;
  }
}

/** An n-ary sum, or binary additions nested in one way or the other. */
function addUp(s: Scope, branches: readonly ValueId[]): ValueId {
  const how = s.pick(['sum', 'left', 'right', 'sum of sum']);
  if (how === 'sum' || branches.length === 1) return s.b.node('sum', s.fresh('sum'), branches);
  const add = (a: ValueId, b: ValueId) => s.b.node('add', s.fresh('add'), [a, b]);
  if (how === 'left') return branches.reduce(add);
  if (how === 'right') return branches.reduceRight((a, b) => add(b, a));
  const inner = s.b.node('sum', s.fresh('sum'), branches.slice(1));
  return s.b.node('sum', s.fresh('sum'), [inner, branches[0]!, ...s.pick([[], [], [inner]])]);
}

function stageOf(s: Scope, x: Value): Stage {
  const channels = x.shape[1] as number;
  const stride = s.pick([1, 1, 1, 2, 3]);
  // Open sizes must not shrink to nothing whatever they turn out to be.
  const less = typeof x.shape[2] === 'string' ? ([-1, -1] as const) : ([-3, -2] as const);
  return {
    x,
    outputs: s.pick([channels, channels, channels, 4, 2]),
    strides: [stride, s.pick([stride, stride, 1])],
    slack: s.pick([[-1, -1] as const, [-1, -1], [-1, -1], [0, 1], less]),
    padValue: s.pick([() => null, () => null, () => s.constant('p', [channels])])(),
  };
}

/** The sum of the branches, and what follows it; `values` collects what could be an output. */
function block(s: Scope, x: ValueId, size: number, values: ValueId[], options: BlockOptions) {
  const stage = stageOf(s, s.b.value(x));
  const base = options.base ?? 'conv';
  const kinds = options.kinds ?? ['conv', 'convThen', ...Object.keys(branchKinds)];
  const branches: ValueId[] = [];
  const fits = (branch: ValueId): boolean => {
    const first = branches[0] ?? branch;
    return sameShape(s.b.value(first).shape, s.b.value(branch).shape);
  };
  for (let i = 0; i < size; i++) {
    const again = branches.length > 0 && s.pick([...Array<boolean>(7).fill(false), true]);
    // The first one decides the shape: a convolution as a rule, for others to fit.
    const first = branches.length === 0 && s.pick([true, true, false]);
    const kind = branchKinds[first ? base : s.pick(kinds)]!;
    const made = again ? s.pick(branches) : attempt(() => kind(s, stage, values));
    // What does not fit stays as it is: dead, or read by an output.
    if (made !== null) values.push(made);
    const branch =
      made !== null && fits(made) ? made : attempt(() => branchKinds[base]!(s, stage, values));
    if (branch !== null && fits(branch)) branches.push(branch);
  }
  if (branches.length === 0) return x;
  const turn = s.pick(branches.map((_, i) => i));
  const sum = addUp(s, [...branches.slice(turn), ...branches.slice(0, turn)]);
  const result = options.kinds ? sum : (attempt(() => afterSum(s, sum)) ?? sum);
  values.push(sum, result);
  return result;
}

function build(first: Choices, sizes: readonly (readonly [number, Choices])[], o: BlockOptions) {
  const b = new GraphBuilder('g');
  const pickFirst = scopeOf(b, first).pick;
  const dtype = pickFirst<DType>(['f32', 'f32', 'f64']);
  const channels = pickFirst([4, 2, 3, 6, 1]);
  const [h, w] = [pickFirst([5, 1, 2, 4, 6, 7, 8, 9]), pickFirst([5, 1, 3, 4, 6, 7, 8, 9])];
  const shape = pickFirst([true, true, false])
    ? [pickFirst([1, 2]), channels, h, w]
    : ['N', channels, 'H', 'W'];
  const values = [b.input('x', shape, dtype), b.input('z', shape, dtype)];
  let x = 'x';
  const s = scopeOf(
    b,
    sizes.flatMap(([, choices]) => choices),
  );
  for (const [size] of sizes) {
    if (typeof b.value(x).shape[1] === 'number' && b.value(x).shape.length === 4) {
      x = block(s, x, size, values, o);
    }
  }
  const others = Array.from({ length: s.pick([0, 0, 1, 2]) }, () => s.pick(values));
  return verify(b.finish([x, ...others].map((value, i) => ({ name: `y${i}`, value }))));
}

export function arbitraryBlocks(options: BlockOptions = {}): fc.Arbitrary<Graph> {
  const choices = (n: number) => fc.array(fc.nat({ max: 9999 }), { minLength: n, maxLength: n });
  const stage = fc.tuple(fc.integer({ min: 1, max: 6 }), choices(97));
  const stages = fc.array(stage, { minLength: 1, maxLength: options.kinds ? 1 : 3 });
  return fc.tuple(choices(8), stages).map(([first, all]) => build(first, all, options));
}
