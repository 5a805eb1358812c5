import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../ir/index.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { makeOracle } from '../kernels/bounds.ts';
import { offersOf } from '../kernels/candidates.ts';
import {
  activated,
  bare,
  buildConv,
  full,
  leastSize,
  padded,
  window,
  type ConvCase,
  type Pair,
  type Extras,
  type Window,
} from '../kernels/conv-case.ts';
import { between } from '../kernels/sizes.ts';
import { randomInputs } from '../support/random-weights.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

/** Most kernels unroll the window, so that each is a pipeline of its own. */
const windows = [
  window([3, 3]),
  window([3, 3], [2, 2]),
  window([1, 3], [2, 1], [1, 2]),
  window([2, 1], [1, 3], [3, 1]),
];

const PADS = { minLength: 4, maxLength: 4 };

interface Choices {
  readonly windows?: fc.Arbitrary<Window>;
  readonly group?: fc.Arbitrary<number>;
  readonly channels?: fc.Arbitrary<number>;
  readonly outputs?: fc.Arbitrary<number>;
  readonly extras?: readonly Extras[];
  readonly padding?: 0;
  readonly room?: fc.Arbitrary<Pair>;
}

const cases = (given: Choices): fc.Arbitrary<ConvCase> =>
  fc
    .record({
      batch: between(1, 3),
      group: given.group ?? fc.constant<number>(1),
      channels: given.channels ?? between(1, 5),
      outputs: given.outputs ?? between(1, 19),
      // How far the image exceeds the window.
      room: given.room ?? fc.tuple(between(0, 17), between(0, 17)),
      window: given.windows ?? fc.constant(windows[0]!),
      // Negative ones crop.
      pads: fc.array(given.padding === 0 ? fc.constant(0) : between(-2, 3), PADS),
      extras: fc.constantFrom(...(given.extras ?? [full, activated])),
    })
    .map(({ room, ...one }) => {
      const least = (axis: 0 | 1) => leastSize(one.window, one.pads, axis);
      return { ...one, size: [least(0) + room[0], least(1) + room[1]] };
    });

/** Where subgroups are not what a kernel needs, it must say so. */
async function expectRefusal(graph: Graph, kernel: string, reason: string): Promise<void> {
  const opened = openSession(graph, { device, lowering: { kernel } });
  await expect(opened).rejects.toThrow(reason);
}

async function expectRight(one: ConvCase, kernel?: string): Promise<void> {
  const graph = buildConv(one);
  const name = kernel?.split(' ')[0];
  const offer = offersOf(graph, device.profile).find((other) => other.kernel === name);
  if (offer?.refusal) return expectRefusal(graph, kernel!, offer.refusal);
  using session = await openSession(graph, { device, lowering: kernel ? { kernel } : {} });
  const used = session.plan.dispatches[0]!.kernel;
  expect(used).toBe(name ?? used);
  const inputs = randomInputs(graph);
  const actual = Object.values(await session.run(inputs))[0]!;
  const { off, at, wanted } = makeOracle(graph, inputs)(used, actual);
  const found = `[${at}] is ${actual.data[at]}, not ${wanted}, by ${used}`;
  expect(off <= 1 ? 'close' : found).toBe('close');
}

const expectHolds = (all: fc.Arbitrary<ConvCase>, kernel?: string, numRuns = 25) =>
  fc.assert(
    fc.asyncProperty(all, (one) => expectRight(one, kernel)),
    { numRuns },
  );

test('conv-direct takes everything', async () => {
  // It has the window in uniforms, so any will do.
  const pair = (most: number) => fc.tuple(between(1, most), between(1, most));
  const any = fc.record({ kernel: pair(4), strides: pair(3), dilations: pair(3) });
  const extras = [bare, activated, padded, full];
  await expectHolds(cases({ windows: any, group: between(1, 3), extras }), 'conv-direct', 60);
});

describe('conv-tiled', () => {
  test('with windows of all kinds', async () => {
    await expectHolds(cases({ windows: fc.constantFrom(...windows) }), 'conv-tiled m4y2x4', 50);
  });
  test.each(['m4y1x2', 'm8y2x7', 'm8y4x7'])('in tiles %s', async (label) => {
    await expectHolds(cases({ extras: [full] }), `conv-tiled ${label}`);
  });
  test('in groups', async () => {
    const outputs = fc.constantFrom(4, 8, 12);
    await expectHolds(cases({ group: between(2, 3), outputs }), 'conv-tiled m4y2x4');
  });
});

describe('conv-depthwise', () => {
  const grouped = { group: between(1, 9), outputs: between(1, 3) };
  test('with windows of all kinds', async () => {
    const all = cases({ ...grouped, windows: fc.constantFrom(...windows) });
    await expectHolds(all, 'conv-depthwise m1y1x4', 50);
  });
  test.each(['m1y2x7', 'm1y4x7'])('in tiles %s', async (label) => {
    await expectHolds(cases({ ...grouped, extras: [full] }), `conv-depthwise ${label}`);
  });
});

describe('conv-depthwise-rows', () => {
  const rows = { group: between(1, 5), channels: fc.constant(1), outputs: between(1, 3) };
  const extras = [full, activated, padded];
  /** Its candidates depend on the size of the image. */
  const labelsOf = (one: ConvCase) =>
    offersOf(buildConv(one), device.profile).find(({ kernel }) => kernel === 'conv-depthwise-rows')!
      .labels;
  const expectEach = async (all: fc.Arbitrary<ConvCase>) => {
    const property = fc.asyncProperty(all, fc.nat(), async (one, which) => {
      const labels = labelsOf(one);
      await expectRight(one, `conv-depthwise-rows ${labels[which % labels.length]!}`);
    });
    await fc.assert(property, { numRuns: 20 });
  };
  test('with windows of all kinds', async () => {
    const kinds = [...windows, window([5, 5]), window([7, 7]), window([3, 3], [1, 2])];
    await expectEach(cases({ ...rows, windows: fc.constantFrom(...kinds), extras }));
  });
  test('with images of all widths', async () => {
    const room = fc.tuple(between(0, 9), between(0, 40));
    await expectEach(cases({ ...rows, room, extras }));
  });
});

describe('conv-pointwise', () => {
  const dense = window([1, 1]);
  const extras = [{ ...full, padValue: false }];
  test('with strides', async () => {
    const strided = fc.constantFrom(dense, window([1, 1], [2, 1]), window([1, 1], [3, 2]));
    const all = cases({ windows: strided, padding: 0, extras: [...extras, bare] });
    await expectHolds(all, 'conv-pointwise m4x4', 50);
  });
  test.each(['m8x7', 'm16x7', 'm16x14'])('in tiles %s', async (label) => {
    const all = cases({ windows: fc.constant(dense), padding: 0, extras });
    await expectHolds(all, `conv-pointwise ${label}`);
  });
});

describe('conv-matmul', () => {
  const extras = [{ ...full, padValue: false }, activated];
  const dense = { windows: fc.constant(window([1, 1])), padding: 0, extras } as const;
  const outputs = between(1, 70);
  test.each(['columns1x16', 'columns1x48', 'rows2x16', 'rows2x28'])(
    'in tiles %s',
    async (label) => {
      const channels = between(1, 9);
      await expectHolds(cases({ ...dense, channels, outputs }), `conv-matmul ${label}`);
    },
  );
});

describe('conv-gemm', () => {
  test('with windows of all kinds, padded or not', async () => {
    const extras = [full, activated, { ...full, padValue: false }];
    const all = { windows: fc.constantFrom(...windows, window([1, 1], [2, 1])), extras };
    await expectHolds(cases(all), 'conv-gemm 32x32', 30);
    await expectHolds(cases({ ...all, extras: [activated], padding: 0 }), 'conv-gemm 32x32', 12);
  });
  test.each(['16x64', '64x32', '64x64', '128x64'])('in tiles %s', async (label) => {
    const sizes = { channels: between(1, 5), outputs: between(60, 140) };
    await expectHolds(cases({ ...sizes, extras: [full] }), `conv-gemm ${label}`, 6);
  });
  test('in groups', async () => {
    const outputs = fc.constantFrom(4, 8, 20);
    await expectHolds(cases({ group: between(2, 3), outputs }), 'conv-gemm 16x64');
  });
  test.each([2, 4])('with its sum split into %i', async (splits) => {
    const channels = between(8 * splits, 8 * splits + 9);
    const group = between(1, 2);
    const outputs = fc.constantFrom(4, 12, 20);
    const all = cases({ channels, group, outputs, extras: [full, activated] });
    await expectHolds(all, `conv-gemm 32x32k${splits}`, 12);
  });
});

describe('conv-unrolled', () => {
  const grouped = { group: between(1, 9), outputs: between(1, 3) };
  test('with windows of all kinds', async () => {
    const all = { ...grouped, windows: fc.constantFrom(...windows) };
    await expectHolds(cases({ ...all, extras: [full, activated] }), 'conv-unrolled m1x4', 50);
    await expectHolds(cases({ ...all, extras: [activated], padding: 0 }), 'conv-unrolled m1x4');
  });
  test('one output for each', async () => {
    await expectHolds(cases({ ...grouped, extras: [full] }), 'conv-unrolled m1x1');
  });
  test.each(['m4x1', 'm4x4'])('in tiles %s', async (label) => {
    const extras = [full];
    await expectHolds(cases({ extras }), `conv-unrolled ${label}`);
    const outputs = fc.constantFrom(4, 8, 12);
    await expectHolds(cases({ group: between(2, 4), outputs, extras }), `conv-unrolled ${label}`);
  });
});

describe('conv-subgroup', () => {
  test('with windows of all kinds', async () => {
    const all = cases({ windows: fc.constantFrom(...windows), extras: [full] });
    await expectHolds(all, 'conv-subgroup m8y2x4');
  });
  test.each(['m16y2x4', 'm24y2x4', 'm32y1x4'])('in tiles %s', async (label) => {
    const outputs = between(1, 60);
    await expectHolds(cases({ outputs, extras: [full] }), `conv-subgroup ${label}`, 15);
  });
  test('in groups', async () => {
    const outputs = fc.constantFrom(8, 16);
    await expectHolds(cases({ group: between(2, 3), outputs }), 'conv-subgroup m8y2x4');
  });
});

describe.each(['conv-winograd-gemm', 'conv-winograd2-gemm'])('%s', (kernel) => {
  const channels = between(64, 80);
  const many = { channels, outputs: channels, extras: [full, activated] };
  test.each(['32x32', '64x16', '64x64'])('in tiles %s', async (label) => {
    await expectHolds(cases(many), `${kernel} ${label}`, 8);
  });
});

describe('conv-channels', () => {
  const outputs = between(1, 40);
  test('with windows of all kinds', async () => {
    const all = cases({ windows: fc.constantFrom(...windows), outputs, extras: [full, activated] });
    await expectHolds(all, 'conv-channels rows1', 40);
  });
  test('of several rows', async () => {
    const room = fc.tuple(between(4, 17), between(0, 10));
    const strided = fc.constantFrom(...windows.slice(0, 2));
    const all = cases({ windows: strided, room, outputs, extras: [full] });
    await expectHolds(all, 'conv-channels rows3');
  });
  test('of long rows', async () => {
    const room = fc.tuple(between(0, 4), between(20, 43));
    await expectHolds(cases({ room, outputs, extras: [full] }), 'conv-channels rows1', 15);
  });
});

describe('conv-winograd', () => {
  const channels = between(40, 60);
  const many = { channels, outputs: channels, extras: [full, activated] };
  test.each(['columns2x32', 'columns1x48', 'rows2x16', 'rows2x4'])('in tiles %s', async (label) => {
    await expectHolds(cases(many), `conv-winograd ${label}`, 12);
  });
  test('with tiles that are all beside the image', async () => {
    const wide = { batch: 1, group: 1, channels: 40, outputs: 40, size: [4, 12] } as const;
    const one = { ...wide, window: window([3, 3]), pads: [1, 1, 1, 21], extras: full };
    await expectRight(one, 'conv-winograd columns2x32');
  });
});

test("the chooser's own choice", async () => {
  const windowed = fc.constantFrom(windows[0]!, window([1, 1]));
  const outputs = fc.constantFrom(1, 2, 3, 4, 8, 17);
  await expectHolds(cases({ windows: windowed, group: between(1, 4), outputs }));
});
