import { describe, expect, test } from 'vitest';
import { defaultProfile, lower, printPlan, type DeviceProfile } from '../../codegen/index.ts';
import { GraphBuilder, parse, Tensor } from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';
import { randomWeights } from '../support/random-weights.ts';

const read = (text: string) => parse(text, randomWeights());
const withLimits = (limits: Partial<DeviceProfile['limits']>): DeviceProfile => ({
  ...defaultProfile,
  limits: { ...defaultProfile.limits, ...limits },
});
const covered = (text: string, options = {}) =>
  lower(read(text), defaultProfile, options).dispatches.map(({ covers }) => covers.join(' + '));

test('a plan in text', () => {
  const graph = read(`graph small(%x: f32[1,3,8,8]) {
    const %w : f32[4,3,3,3]
    const %b : f32[4]
    const %fc : f32[10,64]
    %c = conv2d %x, %w, %b {strides=[2,2], pads=[1,1,1,1], act="relu"}
    %f = flatten %c
    %y = linear %f, %fc
    return logits=%y
  }`);
  expect(printPlan(lower(graph, defaultProfile))).toMatchSnapshot();
});

test('lowering is deterministic, and equal kernels of different sizes are one pipeline', () => {
  const graph = read(`graph two(%x: f32[1,8,20,20]) {
    const %v : f32[16,8,3,3]
    const %w : f32[16,16,3,3]
    %c = conv2d %x, %v {pads=[1,1,1,1]}
    %p = maxPool %c {strides=[2,2]}
    %d = conv2d %p, %w {pads=[0,1,1,0]}
    return %d
  }`);
  const options = { kernel: 'conv-tiled m8y2x7' };
  const plan = lower(graph, defaultProfile, options);
  expect(plan).toEqual(lower(graph, defaultProfile, options));
  expect(plan.pipelines).toHaveLength(2);
  expect(plan.dispatches.map(({ pipeline }) => pipeline)).toEqual([0, 1, 0]);
});

describe('ops that only rename memory', () => {
  test('cost nothing and share the region', () => {
    const plan = lower(
      read(`graph g(%x: f32[2,3,4]) {
        %r = relu %x
        %i = identity %r
        %f = flatten %i
        %s = reshape %f {shape=[-1]}
        return %r, %f, %s
      }`),
      defaultProfile,
    );
    expect(plan.dispatches.map(({ node }) => node)).toEqual(['r']);
    expect(plan.outputs.map(({ shape }) => shape)).toEqual([[2, 3, 4], [2, 12], [24]]);
    const [first, ...others] = plan.outputs.map(({ region }) => region);
    for (const region of others) expect(region).toEqual(first);
  });
});

describe('a residual sum', () => {
  const graph = (body: string) => `graph g(%x: f32[1,4,5,5]) {
    const %w : f32[4,4,1,1]
    const %v : f32[4,4,1,1]
    ${body}
  }`;

  test('goes into the convolution before it, and takes its activation there', () => {
    const text = graph('%c = conv2d %x, %w\n%s = sum %x, %c {act="relu"}\nreturn %s');
    const plan = lower(read(text), defaultProfile);
    expect(plan.dispatches.map(({ node, covers }) => [node, covers])).toEqual([['s', ['c', 's']]]);
    // The convolution's input is the residual, and bound once.
    const kinds = plan.dispatches[0]!.bindings.map(({ kind }) => kind);
    expect(kinds).toEqual(['read', 'weight', 'write', 'uniform']);
    expect(covered(text, { fuseResidual: false })).toEqual(['c', 's']);
  });

  test('goes into the later of two convolutions, whatever the order of the operands', () => {
    const convs = '%c = conv2d %x, %w\n%d = conv2d %x, %v\n';
    const body = (a: string, b: string) => graph(`${convs}%s = sum ${a}, ${b}\nreturn %s`);
    expect(covered(body('%c', '%d'))).toEqual(['c', 'd + s']);
    expect(covered(body('%d', '%c'))).toEqual(['c', 'd + s']);
  });

  test('goes into a transposed convolution', () => {
    expect(covered(graph('%c = convTranspose2d %x, %w\n%s = sum %x, %c\nreturn %s'))).toEqual([
      'c + s',
    ]);
  });

  test('sees through an op that only renames', () => {
    const body = '%c = conv2d %x, %w\n%i = identity %x\n%s = sum %i, %c\nreturn %s';
    expect(covered(graph(body))).toEqual(['c + s']);
  });

  test.each([
    ['computed after it', '%c = conv2d %x, %w\n%r = relu %x\n%s = sum %c, %r\nreturn %s', 'c,r,s'],
    ['activated', '%c = conv2d %x, %w {act="relu"}\n%s = sum %c, %x\nreturn %s', 'c,s'],
    ['an output', '%c = conv2d %x, %w\n%s = sum %c, %x\nreturn %s, %c', 'c,s'],
    ['used twice', '%c = conv2d %x, %w\n%s = sum %c, %c\nreturn %s', 'c,s'],
    ['used elsewhere', '%c = conv2d %x, %w\n%s = sum %c, %x\n%r = relu %c\nreturn %s, %r', 'c,s,r'],
    ['one of three', '%c = conv2d %x, %w\n%s = sum %c, %x, %x\nreturn %s', 'c,s'],
  ])('stays out where the convolution, or the other operand, is %s', (_, body, wanted) => {
    expect(covered(graph(body)).join()).toBe(wanted);
  });
});

describe('refuses, naming the node,', () => {
  const conv = read(`graph g(%x: f32[1,4,64,64]) {
    const %w : f32[8,4,3,3]
    %c = conv2d %x, %w
    return %c
  }`);

  test('open sizes', () => {
    const open = read('graph g(%x: f32[N,4]) {\n %r = relu %x\n return %r\n }');
    expect(errorOf(() => lower(open, defaultProfile))).toMatch(/^dimension of N: the sizes N /);
  });

  test.each([
    [65_535, 'limit of x: "x" [1,4,64,64] needs 65536 bytes, but the device binds at most 65535'],
    [65_536, 'limit of c: "c" [1,8,62,62] needs 123008 bytes, but the device binds at most 65536'],
  ])('a value too large to be bound in %i bytes', (limit, message) => {
    const device = withLimits({ maxStorageBufferBindingSize: limit });
    expect(errorOf(() => lower(conv, device))).toBe(`${message} at once`);
  });

  test('a weight too large to be bound, as it is packed', () => {
    const graph = read(`graph g(%x: f32[1,16]) {
      const %w : f32[5,16]
      %y = linear %x, %w
      return %y
    }`);
    const device = withLimits({ maxStorageBufferBindingSize: 511 });
    expect(errorOf(() => lower(graph, device))).toBe(
      'limit of y: the weight "w" as "y" reads it needs 512 bytes, but the device binds at most 511 at once',
    );
    lower(graph, withLimits({ maxStorageBufferBindingSize: 512 }));
  });

  test('float64', () => {
    const graph = read('graph g(%x: f64[2]) {\n %r = relu %x\n return %r\n }');
    expect(errorOf(() => lower(graph, defaultProfile))).toMatch(/^gpu of x: "x" is float64/);
    const b = new GraphBuilder('constant');
    b.constant('k', new Tensor([1], new Float64Array(1)));
    const constant = b.finish([{ name: 'y', value: 'k' }]);
    expect(errorOf(() => lower(constant, defaultProfile))).toMatch(/^gpu of k: "k" is float64/);
  });

  test('a kernel that does not take the job', () => {
    const forced = (kernel: string) => errorOf(() => lower(conv, defaultProfile, { kernel }));
    expect(forced('conv-pointwise')).toBe(
      'gpu of c: no kernel for conv2d "c": conv-pointwise: the window is not 1x1',
    );
    expect(forced('conv-tiled m3y3x3')).toMatch(/: conv-tiled: offers m4y1x2, not m3y3x3;/);
  });
});
