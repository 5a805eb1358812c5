import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, extent, GraphBuilder, Tensor, type Fused, type Graph } from '../../ir/index.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { jobsOf, type Job } from '../../codegen/index.ts';
import { convDepthwiseRows } from '../../codegen/kernels/conv-depthwise-rows.ts';
import { refuseSubgroups } from '../../codegen/kernels/subgroup-matmul.ts';
import { expectWithin, magnitudes } from '../support/magnitude.ts';
import { randomInputs, randomTensor } from '../support/random-weights.ts';
import { winogradMagnitude, winogradUnits } from '../support/winograd-magnitude.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

interface Case {
  readonly batch: number;
  readonly group: number;
  /** Channels and outputs of a group. */
  readonly channels: number;
  readonly outputs: number;
  /** How far the image exceeds the window. */
  readonly room: readonly [number, number];
  readonly window: Window;
  /** [top, left, bottom, right] */
  readonly pads: readonly number[];
  readonly extras: Extras;
}

type Pair = readonly [number, number];

interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** What a convolution may have besides its weights; each combination is a pipeline of its own. */
interface Extras {
  readonly bias: boolean;
  readonly padValue: boolean;
  readonly residual: boolean;
  readonly act: Fused['act'];
}

const bare: Extras = { bias: false, padValue: false, residual: false, act: 'none' };
const activated: Extras = { ...bare, bias: true, act: 'relu' };
const padded: Extras = { ...bare, padValue: true };
const full: Extras = { bias: true, padValue: true, residual: true, act: 'relu' };

const window = (kernel: Pair, strides: Pair = [1, 1], dilations: Pair = [1, 1]): Window => ({
  kernel,
  strides,
  dilations,
});

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

const between = (min: number, max: number) => fc.integer({ min, max });

const cases = (given: Choices): fc.Arbitrary<Case> =>
  fc.record({
    batch: between(1, 3),
    group: given.group ?? fc.constant<number>(1),
    channels: given.channels ?? between(1, 5),
    outputs: given.outputs ?? between(1, 19),
    room: given.room ?? fc.tuple(between(0, 17), between(0, 17)),
    window: given.windows ?? fc.constant(windows[0]!),
    // Negative ones crop.
    pads: fc.array(given.padding === 0 ? fc.constant(0) : between(-2, 3), PADS),
    extras: fc.constantFrom(...(given.extras ?? [full, activated])),
  });

function build({ batch, group, channels, outputs, room, window: w, pads, extras }: Case): Graph {
  const { act, ...has } = extras;
  const size = (axis: 0 | 1) => {
    const covered = extent(w.kernel[axis], w.dilations[axis]);
    return Math.max(1, covered - pads[axis]! - pads[axis + 2]!) + room[axis];
  };
  const b = new GraphBuilder('conv');
  const weight = (id: string, shape: readonly number[]) => b.constant(id, randomTensor(id, shape));
  b.input('x', [batch, group * channels, size(0), size(1)]);
  weight('w', [group * outputs, channels, ...w.kernel]);
  const bias = has.bias ? weight('bias', [group * outputs]) : null;
  const padValue = has.padValue ? weight('padValue', [group * channels]) : null;
  const { strides, dilations } = w;
  const fused = has.residual ? 'none' : act;
  const attrs = { strides, dilations, pads, group, act: fused, actParams: [] };
  b.node('conv2d', 'y', ['x', 'w', bias, padValue], attrs);
  if (!has.residual) return b.finish([{ name: 'y', value: 'y' }]);
  b.input('r', b.value('y').shape);
  b.node('sum', 's', ['r', 'y'], { act, actParams: [] });
  return b.finish([{ name: 's', value: 's' }]);
}

/** Why the device cannot run a kernel, or null. */
function refusalOf(kernel: string): string | null {
  if (!['conv-matmul', 'conv-subgroup', 'conv-winograd'].includes(kernel)) return null;
  const isSmall = kernel === 'conv-subgroup' && (device.profile.subgroupSize ?? 8) < 8;
  return isSmall ? 'subgroups of less than 8' : refuseSubgroups(device.profile);
}

/** Where subgroups are not what a kernel needs, it must say so. */
async function expectRefusal(graph: Graph, kernel: string, reason: string): Promise<void> {
  const opened = openSession(graph, { device, lowering: { kernel } });
  await expect(opened).rejects.toThrow(reason);
}

async function expectRight(one: Case, kernel?: string): Promise<void> {
  const graph = build(one);
  const name = kernel?.split(' ')[0];
  const refusal = name ? refusalOf(name) : null;
  if (refusal !== null) return expectRefusal(graph, kernel!, refusal);
  using session = await openSession(graph, { device, lowering: kernel ? { kernel } : {} });
  const { dispatches } = session.plan;
  const isWinograd = name?.startsWith('conv-winograd') ?? false;
  const isSplit = kernel !== undefined && /k\d+$/.test(kernel);
  expect(dispatches).toHaveLength(isWinograd ? 3 : isSplit ? 2 : 1);
  if (kernel) expect(dispatches[0]!.kernel).toBe(name);
  const inputs = randomInputs(graph);
  const terms = one.channels * one.window.kernel[0] * one.window.kernel[1] + 2;
  const actual = await session.run(inputs);
  const local = magnitudes(graph, inputs);
  const [magnitude, units] = isWinograd
    ? [withTiles(graph, inputs, local), winogradUnits(one.channels)]
    : [local, 4 + Math.sqrt(terms)];
  expectWithin(actual, evaluate(graph, inputs), magnitude, units);
}

/** What is added to the convolution, and the convolution itself, as if it were all of the tile. */
function withTiles(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  local: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const tiles = winogradMagnitude(graph, inputs);
  const sum = ({ shape, data }: Tensor) =>
    new Tensor(
      shape,
      data.map((v, i) => v + tiles.data[i]!),
    );
  return Object.fromEntries(Object.entries(local).map(([name, one]) => [name, sum(one)]));
}

const expectHolds = (all: fc.Arbitrary<Case>, kernel?: string, numRuns = 25) =>
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
  const candidatesOf = (one: Case) => {
    const { job } = jobsOf(build(one))[0]!;
    return convDepthwiseRows.candidates(job as Job<'conv2d'>, device.profile);
  };
  const expectEach = async (all: fc.Arbitrary<Case>) => {
    const property = fc.asyncProperty(all, fc.nat(), async (one, which) => {
      const labels = candidatesOf(one).map(({ label }) => label);
      await expectRight(one, `conv-depthwise-rows ${labels[which % labels.length]!}`);
    });
    await fc.assert(property, { numRuns: 20 });
  };
  test('with windows of all kinds', async () => {
    const kinds = [...windows, window([5, 5]), window([3, 3], [1, 2])];
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
  test.each(['columns1x16', 'columns2x32', 'columns1x64', 'rows2x16'])(
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
  test('in large tiles', async () => {
    const outputs = between(1, 40);
    await expectHolds(cases({ outputs, extras: [full] }), 'conv-subgroup m32y2x4', 12);
  });
  test('in groups', async () => {
    const outputs = fc.constantFrom(8, 16);
    await expectHolds(cases({ group: between(2, 3), outputs }), 'conv-subgroup m8y2x4');
  });
});

describe('conv-winograd-gemm', () => {
  const channels = between(64, 80);
  const many = { channels, outputs: channels, extras: [full, activated] };
  test.each(['32x32', '64x16', '64x64'])('in tiles %s', async (label) => {
    await expectHolds(cases(many), `conv-winograd-gemm ${label}`, 8);
  });
});

describe('conv-winograd', () => {
  const channels = between(40, 60);
  const many = { channels, outputs: channels, extras: [full, activated] };
  test.each(['columns2x32', 'columns1x48', 'rows2x16', 'rows2x4'])('in tiles %s', async (label) => {
    await expectHolds(cases(many), `conv-winograd ${label}`, 12);
  });
});

test("the chooser's own choice", async () => {
  const windowed = fc.constantFrom(windows[0]!, window([1, 1]));
  const outputs = fc.constantFrom(1, 2, 3, 4, 8, 17);
  await expectHolds(cases({ windows: windowed, group: between(1, 4), outputs }));
});
