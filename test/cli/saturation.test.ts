/** What float16 cannot hold, and that looking for it never costs what was computed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LowerOptions } from '../../codegen/index.ts';
import { parse, ReparamError, tensor, type Tensor } from '../../ir/index.ts';
import { openDevice, openSession, type Device } from '../../src/index.ts';
import { measureHalf, printHalf } from '../../src/cli/precision.ts';
import type { Request } from '../../src/runtime/memory.ts';
import { findSaturated, printSaturated } from '../../src/cli/saturation.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.close());

/** The same device, with less memory. */
const withMemory = (fits: (request: Request) => boolean): Device => ({
  ...device,
  memory: {
    ...device.memory,
    allocate(request) {
      if (fits(request)) return device.memory.allocate(request);
      throw new ReparamError('limit', `${request.owner} is too large`);
    },
  },
});

const withLimits = (
  { profile, ...others }: Device,
  limits: Partial<Device['profile']['limits']>,
): Device => ({
  ...others,
  profile: { ...profile, limits: { ...profile.limits, ...limits } },
});

const filled = (value: number) => Float32Array.from({ length: 256 }, () => value);

describe('values that float16 cannot hold', () => {
  const diagonal = (value: number) =>
    tensor(
      [4, 4, 1, 1],
      Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? value : 0)),
    );
  const constants: Record<string, Tensor> = {
    up: diagonal(1e6),
    deepening: tensor([4, 1, 1, 1], [1e6, 1e6, 1e6, 1e6]),
    down: diagonal(1e-6),
    million: tensor([1], [1e6]),
    millionth: tensor([1], [1e-6]),
  };
  const graph = parse(
    `graph g(%x: f32[1,4,8,8], %r: f32[1,4,8,8]) {
      const %up : f32[4,4,1,1]
      const %deepening : f32[4,1,1,1]
      const %down : f32[4,4,1,1]
      const %million : f32[1]
      const %millionth : f32[1]
      %wide = conv2d %x, %up
      %sum = sum %wide, %r
      %deep = conv2d %sum, %deepening {group=4}
      %point = conv2d %deep, %down
      %again = mul %point, %million
      %renamed = identity %again
      %small = mul %renamed, %millionth
      %large = mul %small, %million
      %flat = flatten %large
      return y=%flat
    }`,
    (id) => constants[id]!,
  );
  const inputs = { x: filled(2), r: filled(1 - 2e6) };
  const namesWith = async (lowering: LowerOptions) => {
    using session = await openSession(graph, { device, lowering });
    const found = await findSaturated(graph, session, inputs, { device });
    return found.map(({ value }) => value);
  };

  test('are those that are stored in it: not inputs, outputs, other names, and what stays in a kernel', async () => {
    expect(await namesWith({ kernel: 'conv-separable' })).toEqual(['again']);
    expect(await namesWith({ kernel: 'apart' })).toEqual(['deep', 'again']);
    expect(await namesWith({ kernel: 'apart', fuseResidual: false })).toEqual([
      'wide',
      'deep',
      'again',
    ]);
  });

  test('are told in words', () => {
    const one = { value: 'a', elements: 1, largest: 7e5 };
    expect(printSaturated([one])).toMatch(
      /^ {2}"a" has 1 element beyond 65504, .* 7\.00e\+5: they/,
    );
    const more = (count: number) => printSaturated(Array.from({ length: count + 1 }, () => one));
    expect(more(1)).toContain('e+5, and 1 more value between layers has such: they are cut off');
    expect(more(2)).toContain('e+5, and 2 more values between layers have such: they are cut off');
  });

  test('are counted without NaN', async () => {
    using session = await openSession(graph, { device });
    const x = filled(2);
    x[0] = NaN;
    const found = await findSaturated(graph, session, { ...inputs, x }, { device });
    expect(found.at(-1)).toEqual({
      value: 'again',
      elements: expect.any(Number),
      largest: expect.closeTo(1e6, -2),
    });
  });
});

describe('where float32 needs more than there is', () => {
  const graph = parse(
    `graph g(%x: f32[1,4,8,8]) {
      const %million : f32[1]
      %a = mul %x, %million
      %b = relu %a
      %c = relu %b
      %d = relu %c
      %mean = globalAveragePool %d
      return y=%mean
    }`,
    () => tensor([1], [1e6]),
  );
  const inputs = { x: filled(1) };
  /** As if it were in float16: results that are far off. */
  const openHalf = async (on: Device) => {
    const session = await openSession(graph, { device: on });
    return { ...session, run: async () => ({ y: tensor([1, 4, 1, 1], [0, 0, 0, 0]) }) };
  };

  test('values are looked at in portions', async () => {
    const small = withLimits(
      withMemory(({ bytes }) => bytes <= 2500),
      { maxBufferSize: 2500 },
    );
    using half = await openHalf(small);
    const error = await measureHalf(graph, half, inputs, { device: small, precision: 'f16' });
    const large = (value: string) => ({ value, elements: 256, largest: 1e6 });
    expect(error).toMatchObject({ relativeError: 1, saturated: ['a', 'b', 'c', 'd'].map(large) });
  });

  test('the error is told without them', async () => {
    // No value can be read back, only the four means.
    const on = withMemory(({ owner, bytes }) => !owner.includes('outputs') || bytes < 100);
    using half = await openHalf(on);
    const error = await measureHalf(graph, half, inputs, { device: on, precision: 'f16' });
    expect(error).toMatchObject({ relativeError: 1 });
    expect(error).not.toHaveProperty('saturated');
  });

  test('it is told why there is nothing to compare with', async () => {
    using half = await openHalf(device);
    const tiny = withLimits(device, { maxStorageBufferBindingSize: 512 });
    const error = await measureHalf(graph, half, inputs, { device: tiny, precision: 'f16' });
    const reason = '"x" [1,4,8,8] needs 1024 bytes, but the device binds at most 512 at once';
    expect(error).toEqual({ arithmetic: 'f32', notCompared: reason });
    expect(printHalf(error)).toEqual([
      `stored in float16; how far off float32 results are is not known: ${reason}`,
    ]);
  });
});
