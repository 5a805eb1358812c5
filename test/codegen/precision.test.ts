/** Which values are stored in float16, and what that takes of memory. */
import { expect, test } from 'vitest';
import { defaultProfile, jobKey, jobsOf, lower, type LowerOptions } from '../../codegen/index.ts';
import { compile, zoo } from '../../src/index.ts';
import { parse, specialise } from '../../ir/index.ts';
import { randomWeights } from '../support/random-weights.ts';

const device = { ...defaultProfile, features: ['shader-f16'] };

/** 7 by 5 by 3: no whole number of words. */
const odd = parse(
  `graph g(%x: f32[1,3,5,7]) {
    const %w : f32[3,3,1,1]
    const %k : f32[3]
    %a = conv2d %x, %w
    %b = relu %a
    %c = flatten %b
    %d = reshape %c {shape=[1,3,5,7]}
    %e = conv2d %d, %w, %k
    %f = relu %e
    return a=%b, %f
  }`,
  randomWeights(),
);

const keysOf = (options: LowerOptions) => jobsOf(odd, options).map(({ job }) => jobKey(job));

test('values between layers are in float16; inputs, outputs and constants in float32', () => {
  const types = jobsOf(odd, { activations: 'f16' }).map(({ job }) => [
    job.node.id,
    ...[...job.inputs, job.output].flatMap((operand) => (operand ? [operand.type] : [])),
  ]);
  expect(types).toEqual([
    ['a', 'f32', 'f32', 'f16'],
    // An output of the graph, also under another name.
    ['b', 'f16', 'f32'],
    ['e', 'f32', 'f32', 'f32', 'f16'],
    ['f', 'f16', 'f32'],
  ]);
});

test('a value in float32 is not written over one in float16', () => {
  const writes = (options: LowerOptions) =>
    lower(odd, device, options).dispatches.flatMap(({ bindings }) =>
      bindings.flatMap((one) => (one.kind === 'write' ? [one.value] : [])),
    );
  expect(writes({})).toEqual(['a', 'a', 'e', 'e']);
  expect(writes({ activations: 'f16' })).toEqual(['a', 'b', 'e', 'f']);
});

test('they take two bytes each, in whole words', () => {
  const { dispatches, inputs } = lower(odd, device, { activations: 'f16' });
  const regions = dispatches.flatMap(({ bindings }) =>
    bindings.flatMap((one) => (one.kind === 'write' ? [one.region.bytes] : [])),
  );
  expect(inputs[0]!.region.bytes).toBe(4 * 105);
  expect(regions).toEqual([212, 420, 212, 420]);
});

test('a network without large sums of parts needs half the memory', () => {
  const graph = specialise(compile(zoo['mobileone-s0']()).graph, { N: 8 });
  const plans = (['f32', 'f16'] as const).map((activations) =>
    lower(graph, { ...device, software: true }, { activations }),
  );
  const [whole, half] = plans as [(typeof plans)[0], (typeof plans)[0]];
  // The input stays as it is.
  const input = whole.inputs[0]!.region.bytes;
  expect(2 * half.lowerBoundBytes).toBeLessThanOrEqual(whole.lowerBoundBytes + input);
  expect(2 * half.peakBytes).toBeLessThanOrEqual(whole.peakBytes + input);
});

test('jobs of other precisions have other keys, and those of float32 the ones they had', () => {
  expect(keysOf({})[0]).toBe(
    'conv2d [1,3,5,7] const[3,3,1,1] - - dilations=[1,1] group=1 pads=[0,0,0,0] strides=[1,1]',
  );
  expect(keysOf({ activations: 'f16', weights: 'f16', arithmetic: 'f16' })[0]).toBe(
    'conv2d [1,3,5,7] const[3,3,1,1] - - dilations=[1,1] group=1 pads=[0,0,0,0] strides=[1,1] weights=f16 arithmetic=f16 -> f16',
  );
  expect(keysOf({ activations: 'f16' })[1]).toBe('relu f16[1,3,5,7]');
  expect(keysOf({ ports: { x: 'f16' } })[0]).toMatch(/^conv2d f16\[/);
});

test('a device without float16 gets the plan that it has without them', () => {
  const options = { weights: 'f16', activations: 'f16', arithmetic: 'f16' } as const;
  expect(lower(odd, defaultProfile, options)).toEqual(lower(odd, defaultProfile));
});

test('arithmetic in float16 is offered where both operands are stored so, and not chosen unasked', () => {
  const all = { weights: 'f16', activations: 'f16', arithmetic: 'f16' } as const;
  const net = parse(
    `graph g(%x: f32[1,64,14,14]) {
      const %w : f32[64,64,1,1]
      const %p : f32[64]
      %a = conv2d %x, %w
      %b = conv2d %a, %w
      %c = conv2d %b, %w, _, %p {pads=[1,1,1,1]}
      return %c
    }`,
    randomWeights(),
  );
  const offers = (options: LowerOptions) =>
    jobsOf(net, options).map(({ job, kernels }) =>
      kernels
        .filter(({ name }) => name === 'conv-gemm')
        .flatMap((kernel) => kernel.candidates(job, device))
        .some(({ label }) => label.endsWith('h')),
    );
  expect(offers(all)).toEqual([false, true, false]);
  expect(offers({ ...all, arithmetic: 'f32' })).toEqual([false, false, false]);
  expect(offers({ ...all, weights: 'f32' })).toEqual([false, false, false]);
  expect(lower(net, device, all).dispatches[1]).toMatchObject({ kernel: 'conv-gemm' });
  expect(lower(net, device, all).dispatches[1]!.label).toMatch(/h$/);
});

test('of Winograd, F(2x2, 3x3) takes weights in float16', () => {
  const net = parse(
    `graph g(%x: f32[1,64,8,8]) {
      const %w : f32[64,64,3,3]
      %y = conv2d %x, %w {pads=[1,1,1,1]}
      return %y
    }`,
    randomWeights(),
  );
  const weightsOf = (kernel: string) =>
    lower(net, device, { weights: 'f16', kernel }).weights.map(({ type, bytes }) => [type, bytes]);
  expect(weightsOf('conv-winograd2-gemm 32x32')).toEqual([['f16', 2 * 16 * 64 * 64]]);
  expect(() => weightsOf('conv-winograd-gemm 32x32')).toThrow(
    'its transformed weights lose too much in float16',
  );
});

test('without the feature all is in float32, inputs and outputs asked for in float16 too', () => {
  const asked = { weights: 'f16', activations: 'f16', ports: { x: 'f16', a: 'f16' } } as const;
  const [without, has] = [defaultProfile, device].map((one) => lower(odd, one, asked));
  expect([...has!.inputs, has!.outputs[0]!].map(({ type }) => type)).toEqual(['f16', 'f16']);
  expect(without).toEqual(lower(odd, defaultProfile));
});
