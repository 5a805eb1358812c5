/** What looks as if a rule applied, and is left alone. */
import { describe, expect, test } from 'vitest';
import { pipeline, type Event } from '../../passes/index.ts';
import { expectSameMeaning, run } from '../support/rewrite.ts';

const refusals = (text: string): (readonly [string, Event['condition'], string])[] => {
  const { before, graph, log } = run(pipeline, text);
  expectSameMeaning(before, graph, 1e-6);
  const refused = log.filter(({ kind }) => kind === 'refused');
  return refused.map(({ rule, condition, why }) => [rule, condition, why.split(': ')[0]!]);
};

const conv = (outputs: number) => `const %w : f32[${outputs},${outputs},1,1]\n%c = conv2d %x, %w`;
const graph = (x: string, body: string, ...constants: string[]) =>
  `graph g(%x: f32[${x}]) {\n${constants.map((k) => `const ${k}\n`).join('')}${body}\nreturn %y\n}`;

const notPerChannel = [
  ['more channels than the convolution has', '2,1,3,3', '[1,4,1,1]'],
  ['more dimensions', '1,2,3,3', '[1,1,1,1,1]'],
  ['more dimensions, and a size where the channels would be', '1,2,3,3', '[2,2,1,1,1]'],
  ['one value for each column', '1,3,3,3', '[3]'],
  ['one value for each row', '1,3,3,3', '[3,1]'],
  ['one value for each image', '2,2,3,3', '[2,1,1,1]'],
  ['one value for each channel and column', '1,2,3,2', '[2,1,2]'],
] as const;

describe.each(notPerChannel)('a constant with %s', (_, x, k) => {
  const outputs = Number(x.split(',')[1]);
  test('is no factor to fold', () => {
    expect(refusals(graph(x, `${conv(outputs)}\n%y = mul %k, %c`, `%k : f32${k}`))).toEqual([
      ['fold-scale', 'sound', 'the factor is not one per channel'],
    ]);
  });

  test('is no term to fold', () => {
    expect(refusals(graph(x, `${conv(outputs)}\n%y = add %c, %k`, `%k : f32${k}`))).toEqual([
      ['add-to-sum', 'sound', 'an operand is broadcast'],
      ['fold-shift', 'sound', 'the term is not one per channel'],
    ]);
  });
});

test('a branch that broadcasts its input to more channels is no scale of it', () => {
  const body = '%c = conv2d %x, %w\n%m = mul %x, %s\n%y = sum %c, %m';
  expect(refusals(graph('1,1,3,3', body, '%w : f32[4,1,1,1]', '%s : f32[4,1,1]'))).toEqual([
    [
      'identity-to-conv',
      'sound',
      'the branch is not the tensor that the convolution reads, nor its BatchNorm or per-channel scale',
    ],
  ]);
});

describe('a shared convolution stays, so that merging it saves less', () => {
  const constants = ['%v : f32[64,64,3,3]', '%w : f32[64,64,1,1]'];
  const branches = '%c = conv2d %x, %v {pads=[1,1,1,1]}\n%d = conv2d %x, %w\n%y = sum %c, %d';
  const tooDear = 'the merged convolution would cost more than its parts';

  test('not shared', () => {
    expect(refusals(graph('1,64,16,16', branches, ...constants))).toEqual([]);
  });

  test('shared', () => {
    const shared = graph('1,64,16,16', branches, ...constants).replace(
      'return %y',
      'return %y, %c',
    );
    expect(refusals(shared)).toEqual([['pad-1x1-to-3x3', 'worth', tooDear]]);
  });

  test('shared, and the other branch is an identity', () => {
    const body = '%c = conv2d %x, %v {pads=[1,1,1,1]}\n%y = sum %c, %x';
    const shared = graph('1,64,16,16', body, constants[0]!).replace('return %y', 'return %y, %c');
    expect(refusals(shared)).toEqual([['identity-to-conv', 'worth', tooDear]]);
  });
});
