/** The smallest sizes that show every border case. */
import { expect, test } from 'vitest';
import { specialise, symbolsOf, type Graph } from '../../ir/index.ts';
import { shrink } from '../../src/equivalence/shrink.ts';
import { graphOf } from '../support/rewrite.ts';

/** The shapes of x that are chosen; open sizes are 64 in reality. */
function chosen(text: string): string[] {
  const graph: Graph = graphOf(`graph g(${text}\nreturn %y\n}`);
  const isOpen = symbolsOf(graph).length > 0;
  const fixed = specialise(graph, Object.fromEntries(symbolsOf(graph).map((s) => [s, 64])));
  const pairs = shrink({ source: fixed, rewritten: fixed }, () => isOpen);
  return pairs.map(({ source }) =>
    source.inputs.map(({ shape }) => shape.slice(2).join('x')).join(),
  );
}
const w = 'const %w : f32[1,1,3,3]\nconst %v : f32[1,1,3,3]\nconst %k : f32[1,1,1,40]';

test.each([
  [
    'a border all around',
    `%x: f32[1,1,40,30]) {\n${w}\n%y = conv2d %x, %w {pads=[1,1,1,1]}`,
    ['3x3'],
  ],
  ['no border', `%x: f32[1,1,40,30]) {\n${w}\n%y = conv2d %x, %w`, ['3x3']],
  ['a wide one', `%x: f32[1,1,40,30]) {\n${w}\n%y = conv2d %x, %w {pads=[4,1,0,1]}`, ['3x3']],
  [
    'two, one after the other',
    `%x: f32[1,1,40,30]) {\n${w}\n%a = conv2d %x, %w {pads=[1,1,1,1]}\n%y = conv2d %a, %v {pads=[1,1,1,1]}`,
    ['5x5'],
  ],
  [
    'one that the first reaches far into',
    `%x: f32[1,1,40,30]) {\n${w}\n%a = conv2d %x, %w\n%y = conv2d %a, %v {pads=[2,2,2,2]}`,
    ['5x5'],
  ],
  [
    'the phase of a stride',
    `%x: f32[1,1,40,31]) {\n${w}\n%y = conv2d %x, %w {pads=[1,1,1,1], strides=[2,2]}`,
    ['4x5'],
  ],
  [
    'every phase of an open size',
    `%x: f32[N,1,H,W]) {\n${w}\n%y = conv2d %x, %w {pads=[1,1,1,1], strides=[2,2]}`,
    ['4x5', '5x4'],
  ],
  [
    'every phase of a transposed convolution',
    `%x: f32[1,1,40,30]) {\n${w}\n%y = convTranspose2d %x, %w {strides=[1,3], pads=[1,1,1,0]}`,
    ['3x2'],
  ],
  [
    'two images of different sizes',
    `%x: f32[1,1,40,40], %z: f32[1,1,20,20]) {\n${w}\n%a = conv2d %x, %w {pads=[1,1,1,1], strides=[2,2]}\n%y = sum %a, %z`,
    ['4x4,2x2'],
  ],
  ['already as small', `%x: f32[1,1,2,2]) {\n${w}\n%y = conv2d %x, %w {pads=[1,1,1,1]}`, ['2x2']],
  ['a mean', `%x: f32[1,1,40,30]) {\n%a = globalAveragePool %x\n%y = flatten %a`, ['2x2']],
  ['a matrix', `%x: f32[1,1,40,30]) {\n%y = flatten %x`, ['40x30']],
  [
    'a constant by position',
    `%x: f32[1,1,30,40]) {\n${w}\n%a = sigmoid %x\n%y = add %a, %k`,
    ['30x40'],
  ],
  ['softmax along a row', `%x: f32[1,1,30,40]) {\n%y = softmax %x`, ['30x40']],
])('%s', (_, text, sizes) => {
  expect(chosen(text)).toEqual(sizes);
});
