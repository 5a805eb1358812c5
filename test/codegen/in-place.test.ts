/** What is written over its operand, and what must not be. */
import { expect, test } from 'vitest';
import { defaultProfile, lower } from '../../codegen/index.ts';
import { parse } from '../../ir/index.ts';
import { randomWeights } from '../support/random-weights.ts';

const read = (body: string) =>
  parse(
    `graph g(%x: f32[1,4,6,6], %k: f32[1,4,1,1]) {
      const %w : f32[4,4,1,1]
      const %v : f32[4,4,1,1]
      const %s : f32[4]
      ${body}
    }`,
    randomWeights(),
  );

/** The nodes that write over an operand, so under another name than their own, and the bytes of activations. */
function planOf(body: string) {
  const { dispatches, peakBytes } = lower(read(body), defaultProfile);
  const inPlace = dispatches.filter(({ node, bindings }) =>
    bindings.some((binding) => binding.kind === 'write' && binding.value !== node),
  );
  return { inPlace: inPlace.map(({ node }) => node), peakBytes };
}

const IMAGE = 4 * 4 * 6 * 6;

test.each([
  [
    'an activation',
    '%c = conv2d %x, %w\n%p = maxPool %c {kernel_shape=[1,1]}\n%y = relu %p',
    ['y'],
  ],
  ['a BatchNorm', '%p = maxPool %x {kernel_shape=[1,1]}\n%y = batchNorm %p, %s, %s, %s, %s', ['y']],
  [
    'a chain',
    '%p = maxPool %x {kernel_shape=[1,1]}\n%a = relu %p\n%b = mul %k, %a\n%y = sigmoid %b',
    ['a', 'b', 'y'],
  ],
  [
    'the second operand, when the first is needed later',
    '%a = conv2d %x, %w\n%b = maxPool %a {kernel_shape=[1,1]}\n%c = add %a, %b\n%y = mul %c, %a',
    ['c', 'y'],
  ],
  [
    'a residual in the kernel of its convolution',
    '%a = maxPool %x {kernel_shape=[1,1]}\n%c = conv2d %x, %w\n%y = sum %a, %c {act="relu"}',
    ['y'],
  ],
  [
    'through another name of its operand',
    '%p = maxPool %x {kernel_shape=[1,1]}\n%i = identity %p\n%y = relu %i',
    ['y'],
  ],
])('in place: %s', (_, body, nodes) => {
  expect(planOf(`${body}\nreturn %y`).inPlace).toEqual(nodes);
});

test.each([
  ['an input', '%y = relu %x\nreturn %y'],
  ['an input under another name', '%i = identity %x\n%y = relu %i\nreturn %y'],
  ['an output', '%p = maxPool %x {kernel_shape=[1,1]}\n%y = relu %p\nreturn %p, %y'],
  [
    'what is read again',
    '%p = maxPool %x {kernel_shape=[1,1]}\n%a = relu %p\n%c = conv2d %p, %w\n%y = concat %a, %c {axis=1}\nreturn %y',
  ],
  [
    'what is read again under another name',
    '%p = maxPool %x {kernel_shape=[1,1]}\n%i = identity %p\n%a = relu %i\n%c = conv2d %p, %w\n' +
      '%y = concat %a, %c {axis=1}\nreturn %y',
  ],
  ['both operands at once', '%p = maxPool %x {kernel_shape=[1,1]}\n%y = mul %p, %p\nreturn %y'],
  ['what broadcasts', '%g = globalAveragePool %x\n%y = mul %x, %g\nreturn %y'],
  [
    'a residual that its convolution reads, too',
    '%p = maxPool %x {kernel_shape=[1,1]}\n%c = conv2d %p, %w\n%y = sum %p, %c\nreturn %y',
  ],
  [
    'by an op that reads elsewhere',
    '%p = maxPool %x {kernel_shape=[1,1]}\n%y = conv2d %p, %w\nreturn %y',
  ],
])('not in place: %s', (_, body) => {
  expect(planOf(body).inPlace).toEqual([]);
});

test('a chain of activations needs no more than its first value', () => {
  const body =
    '%p = maxPool %x {kernel_shape=[1,1]}\n%a = relu %p\n%b = silu %a\n%y = sigmoid %b\nreturn %y';
  // The input has its own memory; the second one, of four elements, is padded to the alignment.
  expect(planOf(body).peakBytes).toBeLessThan(2 * IMAGE + 512);
});
