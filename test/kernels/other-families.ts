/** All that is not a convolution. */
import fc from 'fast-check';
import { activationNames, activations, GraphBuilder } from '../../ir/index.ts';
import type { ActivationName, AttrsOf, Fused, Graph, OpName, StaticShape } from '../../ir/index.ts';
import { randomTensor } from '../support/random-weights.ts';
import type { Family } from './family.ts';
import { finishWithResidual, type Residual } from './residual.ts';
import { around, between } from './sizes.ts';

/** Every activation, with the parameters that matter. */
export const everyActivation: readonly Fused[] = activationNames.flatMap((act): Fused[] => {
  const actParams = Object.values<number>(activations[act].params);
  const alone = { act, actParams };
  return act === 'gelu' ? [alone, { act, actParams: [1] }] : [alone];
});

const finish = (b: GraphBuilder): Graph => b.finish([{ name: 'y', value: 'y' }]);

const shapes = (rank: number, most: number, least = 1): fc.Arbitrary<number[]> =>
  fc.array(around(most), { minLength: least, maxLength: rank });

const leaky: Fused = { act: 'leakyRelu', actParams: [0.1] };

interface Linear {
  readonly bias: boolean;
  readonly computed?: boolean;
  readonly fused?: Fused;
  readonly residual?: Residual;
  readonly depth?: fc.Arbitrary<number>;
  readonly outputs?: fc.Arbitrary<number>;
}

const linears = ({
  bias,
  computed,
  fused,
  residual,
  depth,
  outputs,
}: Linear): fc.Arbitrary<Graph> =>
  fc
    .record({
      rows: fc.array(around(5), { minLength: 1, maxLength: 3 }),
      depth: depth ?? around(65),
      outputs: outputs ?? around(65),
    })
    .map((one) => {
      const b = new GraphBuilder('linear');
      b.input('x', [...one.rows, one.depth]);
      const weights = [one.outputs, one.depth];
      if (computed) b.input('w', weights);
      else b.constant('w', randomTensor('w', weights));
      if (bias) b.constant('bias', randomTensor('bias', [one.outputs]));
      b.node('linear', 'y', ['x', 'w', bias ? 'bias' : null], fused ?? {});
      return residual ? finishWithResidual(b, leaky, residual) : finish(b);
    });

const pools = (op: 'maxPool' | 'averagePool', include?: boolean): fc.Arbitrary<Graph> =>
  fc
    .record({
      planes: fc.tuple(between(1, 3), around(9)),
      kernel: fc.tuple(between(1, 4), between(1, 4)),
      strides: fc.tuple(between(1, 3), between(1, 3)),
      room: fc.tuple(around(33), around(33)),
      pads: fc.array(between(0, 3), { minLength: 4, maxLength: 4 }),
    })
    .map(({ planes, kernel, strides, room, pads: wanted }) => {
      const pads = wanted.map((pad, i) => Math.min(pad, kernel[i % 2]! - 1));
      const b = new GraphBuilder('pool');
      const size = ([0, 1] as const).map(
        (axis) => Math.max(1, kernel[axis] - pads[axis]! - pads[axis + 2]!) + room[axis] - 1,
      );
      b.input('x', [...planes, ...size]);
      const attrs = { kernel_shape: kernel, strides, pads };
      b.node(
        op,
        'y',
        ['x'],
        include === undefined ? attrs : { ...attrs, count_include_pad: include },
      );
      return finish(b);
    });

/** Two shapes that broadcast: each drops leading axes and has 1 instead of some sizes. */
const broadcastShapes = fc
  .record({
    output: shapes(5, 9, 0),
    ones: fc.tuple(fc.nat({ max: 31 }), fc.nat({ max: 31 })),
    dropped: fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })),
  })
  .map(({ output, ones, dropped }): [StaticShape, StaticShape] => {
    const one = (k: 0 | 1) =>
      output.map((size, i) => ((ones[k] >> i) & 1 ? 1 : size)).slice(dropped[k]);
    return [one(0), one(1)];
  });

const broadcasts = (op: 'add' | 'mul'): fc.Arbitrary<Graph> =>
  fc.tuple(broadcastShapes, fc.nat({ max: 2 })).map(([[left, right], constant]) => {
    const b = new GraphBuilder('broadcast');
    const operand = (id: string, shape: StaticShape, isConstant: boolean) =>
      isConstant ? b.constant(id, randomTensor(id, shape)) : b.input(id, shape);
    b.node(op, 'y', [operand('a', left, constant === 1), operand('b', right, constant === 2)]);
    return finish(b);
  });

const sums = (fused?: Fused): fc.Arbitrary<Graph> =>
  fc
    .tuple(shapes(4, 17), fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 9 }))
    .map(([shape, chosen]) => {
      const b = new GraphBuilder('sum');
      for (const i of new Set(chosen)) {
        if (i % 3 === 2) b.constant(`v${i}`, randomTensor(`v${i}`, shape));
        else b.input(`v${i}`, shape);
      }
      b.node(
        'sum',
        'y',
        chosen.map((i) => `v${i}`),
        fused ?? {},
      );
      return finish(b);
    });

const concats: fc.Arbitrary<Graph> = fc
  .record({
    shape: shapes(4, 9),
    axis: fc.nat({ max: 3 }),
    fromTheEnd: fc.boolean(),
    lengths: fc.array(around(9), { minLength: 1, maxLength: 9 }),
  })
  .map(({ shape, axis: wanted, fromTheEnd, lengths }) => {
    const axis = wanted % shape.length;
    const b = new GraphBuilder('concat');
    const operands = lengths.map((length, i) => {
      const own = shape.with(axis, length);
      return i % 3 === 1 ? b.constant(`c${i}`, randomTensor(`c${i}`, own)) : b.input(`x${i}`, own);
    });
    b.node('concat', 'y', operands, { axis: fromTheEnd ? axis - shape.length : axis });
    return finish(b);
  });

const batchNorms: fc.Arbitrary<Graph> = fc
  .tuple(shapes(5, 9, 2), fc.constantFrom(1e-5, 0.1, 0))
  .map(([shape, epsilon]) => {
    const b = new GraphBuilder('norm');
    b.input('x', shape);
    const names = ['scale', 'bias', 'mean', 'variance'];
    for (const id of names) {
      b.constant(id, randomTensor(id, [shape[1]!], { positive: id === 'variance' }));
    }
    b.node('batchNorm', 'y', ['x', ...names], { epsilon });
    return finish(b);
  });

/** A graph of one operator with one operand. */
const unary = <K extends OpName>(
  op: K,
  operands: fc.Arbitrary<number[]>,
  attrs: (shape: StaticShape) => Partial<AttrsOf<K>> = () => ({}),
): fc.Arbitrary<Graph> =>
  operands.map((shape) => {
    const b = new GraphBuilder(op);
    b.input('x', shape);
    b.node(op, 'y', ['x'], attrs(shape));
    return finish(b);
  });

const images = fc.tuple(between(1, 3), around(9), around(17), around(17));
const largeImages = fc.tuple(between(1, 3), around(9), between(8, 33), between(8, 33));
const relu: Fused = { act: 'relu', actParams: [] };

const list: readonly (readonly [OpName, string, fc.Arbitrary<Graph>])[] = [
  ['linear', 'bias and residual', linears({ bias: true, residual: 'overwritten' })],
  ['linear', 'a residual that is kept', linears({ bias: false, residual: 'kept' })],
  ['linear', 'activated', linears({ bias: false, fused: relu })],
  ['linear', 'deep', linears({ bias: true, depth: around(257, 63), outputs: around(33) })],
  ['linear', 'computed weights', linears({ bias: true, computed: true })],
  ['maxPool', '', pools('maxPool')],
  ['averagePool', 'with the padding', pools('averagePool', true)],
  ['averagePool', 'without the padding', pools('averagePool', false)],
  ['globalAveragePool', '', unary('globalAveragePool', images)],
  ['globalAveragePool', 'large planes', unary('globalAveragePool', largeImages)],
  [
    'softmax',
    '',
    unary('softmax', shapes(4, 17), (shape) => ({ axis: (shape[0]! % shape.length) - 1 })),
  ],
  [
    'softmax',
    'long lines',
    unary('softmax', fc.tuple(between(1, 3), around(257, 15), between(1, 3)), () => ({ axis: 1 })),
  ],
  ['add', '', broadcasts('add')],
  ['mul', '', broadcasts('mul')],
  ['sum', '', sums()],
  ['concat', '', concats],
  ['batchNorm', '', batchNorms],
];

/** As operators of their own, and fused into what is no convolution. */
const activatedFamilies = everyActivation.flatMap((fused): Family[] => {
  const { act, actParams } = fused;
  const name = [act, ...actParams].join(' ');
  const names = Object.keys(activations[act as ActivationName].params);
  const attrs = Object.fromEntries(names.map((key, i) => [key, actParams[i]!]));
  return [
    {
      name,
      op: act as ActivationName,
      graphs: unary(act as ActivationName, shapes(4, 17), () => attrs),
    },
    {
      name: `linear, ${name}`,
      op: 'linear',
      graphs: linears({ bias: true, fused }),
      sampled: true,
    },
    { name: `sum, ${name}`, op: 'sum', graphs: sums(fused) },
  ];
});

export const otherFamilies: readonly Family[] = [
  ...list.map(([op, name, graphs]) => ({ name: name ? `${op}, ${name}` : op, op, graphs })),
  ...activatedFamilies,
];
