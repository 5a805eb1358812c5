/** Which convolutions are computed two at a time. */
import { describe, expect, test } from 'vitest';
import { defaultProfile, jobsOf, lower, type LowerOptions } from '../../codegen/index.ts';
import { elementCount, GraphBuilder, parse, specialise, Tensor } from '../../ir/index.ts';
import { compile, zoo } from '../../src/index.ts';
import { followPlan } from '../support/follow-plan.ts';
import { randomWeights } from '../support/random-weights.ts';

const depthwise = '%d = conv2d %x, %dw, %k {pads=[1,1,1,1], group=8, act="relu"}';

const graphOf = (lines: string) =>
  parse(
    `graph g(%x: f32[1,8,9,9], %r: f32[1,8,9,9], %any: f32[8,1,3,3]) {
      const %dw : f32[8,1,3,3]
      const %dw2 : f32[16,1,3,3]
      const %pw : f32[8,8,1,1]
      const %pw16 : f32[8,16,1,1]
      const %grouped : f32[8,4,1,1]
      const %square : f32[8,8,3,3]
      const %flat : f32[64]
      const %k : f32[8]
      ${lines}
    }`,
    randomWeights(),
  );

/** The nodes of each dispatch. */
const coversOf = (lines: string, options: LowerOptions = {}) =>
  lower(graphOf(lines), defaultProfile, options).dispatches.map(({ covers }) => covers.join(' '));

describe('a depthwise convolution and a 1x1 one are computed together', () => {
  test.each<[what: string, lines: string, covers: string]>([
    ['as they are', `${depthwise}\n%y = conv2d %d, %pw\nreturn %y`, 'd y'],
    [
      'with activations, and values to pad with',
      `%d = conv2d %x, %dw, %k, %k {pads=[1,1,1,1], group=8, act="gelu", actParams=[1]}
       %y = conv2d %d, %pw, %k {act="relu"}
       return %y`,
      'd y',
    ],
    [
      'with strides and dilations of the first',
      `%d = conv2d %x, %dw {strides=[2,1], dilations=[1,2], group=8}\n%y = conv2d %d, %pw\nreturn %y`,
      'd y',
    ],
    [
      'with a residual',
      `${depthwise}\n%y = conv2d %d, %pw\n%s = sum %r, %y {act="relu"}\nreturn %s`,
      'd y s',
    ],
    [
      'with the image as the residual',
      `${depthwise}\n%y = conv2d %d, %pw\n%s = sum %x, %y\nreturn %s`,
      'd y s',
    ],
    [
      'with only another name between them',
      `${depthwise}\n%i = identity %d\n%y = conv2d %i, %pw\nreturn %y`,
      'd y',
    ],
  ])('%s', (_, lines, covers) => {
    expect(coversOf(lines)).toEqual([covers]);
    followPlan(lower(graphOf(lines), defaultProfile), graphOf(lines));
  });

  test('in a chain of them, each once', () => {
    const lines = `${depthwise}
      %y = conv2d %d, %pw
      %e = conv2d %y, %dw {pads=[1,1,1,1], group=8}
      %z = conv2d %e, %pw
      return %z`;
    expect(coversOf(lines)).toEqual(['d y', 'e z']);
  });
  test('and what is between them is never stored', () => {
    const { dispatches } = lower(
      graphOf(`${depthwise}\n%y = conv2d %d, %pw\nreturn %y`),
      defaultProfile,
    );
    const values = dispatches.flatMap(({ bindings }) =>
      bindings.flatMap((one) => ('value' in one ? [one.value] : [])),
    );
    expect(values).toEqual(['x', 'y']);
  });
});

describe('they are computed apart', () => {
  test.each<[why: string, lines: string, covers: readonly string[]]>([
    [
      'another node reads what is between them',
      `${depthwise}\n%y = conv2d %d, %pw\n%z = sum %d, %y, %y\nreturn %z`,
      ['d', 'y', 'z'],
    ],
    [
      'the 1x1 one adds it, too',
      `${depthwise}\n%y = conv2d %d, %pw\n%s = sum %d, %y\nreturn %s`,
      ['d', 'y s'],
    ],
    ['it is an output', `${depthwise}\n%y = conv2d %d, %pw\nreturn %y, %d`, ['d', 'y']],
    [
      'it is an output by another name',
      `${depthwise}\n%i = identity %d\n%y = conv2d %d, %pw\nreturn %y, %i`,
      ['d', 'y'],
    ],
    [
      'it takes another shape',
      `${depthwise}\n%i = reshape %d {shape=[1,8,27,3]}\n%y = conv2d %i, %pw\nreturn %y`,
      ['d', 'y'],
    ],
    [
      'the first adds a residual',
      `%c = conv2d %x, %dw {pads=[1,1,1,1], group=8}\n%s = sum %r, %c\n%y = conv2d %s, %pw\nreturn %y`,
      ['c s', 'y'],
    ],
    [
      'the first has several outputs for a channel',
      `%d = conv2d %x, %dw2 {group=8}\n%y = conv2d %d, %pw16\nreturn %y`,
      ['d', 'y'],
    ],
    [
      'the first has computed weights',
      `%d = conv2d %x, %any {group=8}\n%y = conv2d %d, %pw\nreturn %y`,
      ['d', 'y'],
    ],
    [
      'the first is not depthwise',
      `%d = conv2d %x, %square {pads=[1,1,1,1]}\n%y = conv2d %d, %pw\nreturn %y`,
      ['d', 'y'],
    ],
    [
      'the second has strides',
      `${depthwise}\n%y = conv2d %d, %pw {strides=[2,2]}\nreturn %y`,
      ['d', 'y'],
    ],
    [
      'the second has padding',
      `${depthwise}\n%y = conv2d %d, %pw {pads=[0,1,0,0]}\nreturn %y`,
      ['d', 'y'],
    ],
    [
      'the second has groups',
      `${depthwise}\n%y = conv2d %d, %grouped {group=2}\nreturn %y`,
      ['d', 'y'],
    ],
    ['the second is not 1x1', `${depthwise}\n%y = conv2d %d, %square\nreturn %y`, ['d', 'y']],
    [
      "the second's weights are reshaped",
      `%w = reshape %flat {shape=[8,8,1,1]}\n${depthwise}\n%y = conv2d %d, %w\nreturn %y`,
      ['d', 'y'],
    ],
  ])('where %s', (_, lines, covers) => {
    expect(coversOf(lines)).toEqual(covers);
  });

  const lines = `${depthwise}\n%y = conv2d %d, %pw\nreturn %y`;
  test('where a kernel is forced for one', () => {
    expect(coversOf(lines, { kernel: 'conv-direct' })).toEqual(['d', 'y']);
    expect(coversOf(lines, { kernel: 'apart' })).toEqual(['d', 'y']);
    expect(coversOf(lines, { kernel: 'linear-direct' })).toEqual(['d y']);
  });
  test('on software', () => {
    const { dispatches } = lower(graphOf(lines), { ...defaultProfile, software: true });
    expect(dispatches.map(({ covers }) => covers)).toEqual([['d'], ['y']]);
  });
  test('where a dispatch cannot bind all that they need', () => {
    const maxStorageBuffersPerShaderStage = 4;
    const limits = { ...defaultProfile.limits, maxStorageBuffersPerShaderStage };
    const { dispatches } = lower(graphOf(lines), { ...defaultProfile, limits });
    expect(dispatches.map(({ covers }) => covers)).toEqual([['d'], ['y']]);
  });
});

describe('what is estimated to take less time is chosen', () => {
  test.each<[channels: number, size: number, batch: number, together: boolean]>([
    [48, 56, 1, true],
    [256, 14, 1, true],
    [128, 28, 8, true],
    // So many outputs that each depthwise one is computed seven times.
    [896, 14, 1, false],
    [448, 28, 8, false],
  ])('%i channels, %i pixels in a row, %i images', (channels, size, batch, together) => {
    const b = new GraphBuilder('pair');
    b.input('x', [batch, channels, size, size]);
    const weight = (id: string, shape: readonly number[]) =>
      b.constant(id, new Tensor(shape, new Float32Array(elementCount(shape))));
    const taps = weight('taps', [channels, 1, 3, 3]);
    b.node('conv2d', 'd', ['x', taps], { pads: [1, 1, 1, 1], group: channels });
    b.node('conv2d', 'y', ['d', weight('w', [channels, channels, 1, 1])]);
    const graph = b.finish([{ name: 'y', value: 'y' }]);
    const { job, kernels } = jobsOf(graph).find((one) => one.job.first)!;
    const least = (isApart: boolean) =>
      Math.min(
        ...kernels
          .filter(({ name }) => (name === 'apart') === isApart)
          .flatMap((kernel) => kernel.candidates(job, defaultProfile).map(({ cost }) => cost)),
      );
    expect(least(false) < least(true)).toBe(together);
    const { dispatches } = lower(graph, defaultProfile);
    expect(dispatches[0]!.covers).toEqual(together ? ['d', 'y'] : ['d']);
  });

  test('all pairs of MobileOne-S0 for one image, 21 launches less', () => {
    const graph = specialise(compile(zoo['mobileone-s0']()).graph, { N: 1 });
    const kernelsWith = (options: LowerOptions) =>
      lower(graph, defaultProfile, options).dispatches.map(({ kernel }) => kernel);
    const together = kernelsWith({});
    expect(together.filter((kernel) => kernel === 'conv-unrolled')).toEqual([]);
    expect(kernelsWith({ kernel: 'apart' }).length - together.length).toBe(21);
  });
});
