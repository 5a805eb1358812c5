/** Winograd convolutions of small images that follow each other, without the image between them. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { refuseSubgroups } from '../../codegen/kernels/subgroup-matmul.ts';
import { parse, type Graph } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { expectJoints as expectJointsOn, jointWeights } from '../support/winograd-joints.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

/** The number of joints in the plan, where the device has subgroups, and results within the bounds. */
async function expectJoints(graph: Graph, joints: number, isExact = true): Promise<void> {
  const hasSubgroups = refuseSubgroups(device.profile) === null;
  await expectJointsOn(graph, { device, joints: hasSubgroups ? joints : 0, isExact });
}

const between = (min: number, max: number) => fc.integer({ min, max });

const acts = [
  '',
  ', act="relu"',
  ', act="leakyRelu", actParams=[0.25]',
  ', act="clip", actParams=[-1,6]',
];

// Heights of whole tiles and others, of as many rows of tiles as fill a subgroup, and fewer.
const sizes = [
  [16, 16],
  [14, 14],
  [20, 13],
  [9, 15],
  [1, 14],
] as const;

// Weights of later layers are positive, since errors of what cancels out would allow for too much.
test.each(sizes)('three convolutions of %i by %i pixels', async (height, width) => {
  const count = fc.constantFrom(40, 41, 43, 46);
  const cases = fc.record({
    batch: between(1, 3),
    channels: fc.tuple(count, count, count, count),
    act: fc.constantFrom(...acts),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ batch, channels, act }) => {
      const [c0, c1, c2, c3] = channels;
      const graph = parse(
        `graph g(%x: f32[${batch},${c0},${height},${width}]) {
          const %w0 : f32[${c1},${c0},3,3]
          const %var1 : f32[${c2},${c1},3,3]
          const %var2 : f32[${c3},${c2},3,3]
          const %b0 : f32[${c1}]
          const %b1 : f32[${c2}]
          %y0 = conv2d %x, %w0, %b0 {pads=[1,1,1,1]${act}}
          %y1 = conv2d %y0, %var1, %b1 {pads=[1,1,1,1]${act}}
          %y2 = conv2d %y1, %var2 {pads=[1,1,1,1]}
          return %y2
        }`,
        jointWeights(),
      );
      // A subgroup holds a channel, a row of tiles in each lane.
      const lanes = device.profile.subgroupSize ?? 0;
      const fits = Math.ceil(height / 4) <= lanes;
      // With four lanes, as SwiftShader has, a joint for few rows may cost more than it saves.
      await expectJoints(graph, fits ? 2 : 0, lanes >= 8);
    }),
    { numRuns: 3 },
  );
});

describe('the image between is stored', () => {
  const first = '%y0 = conv2d %x, %w, %k {pads=[1,1,1,1], act="relu"}';
  const second = '%y1 = conv2d %y0, %w {pads=[1,1,1,1]}';
  /** By why, the shape of the image and the rest of the graph. */
  const cases: Readonly<Record<string, readonly [shape: string, body: string, joints?: number]>> = {
    'not here': ['1,40,14,14', `${first}\n${second}\nreturn %y1`, 1],
    'as another convolution reads it': [
      '1,40,14,14',
      `${first}\n${second}\n%z = conv2d %y0, %w2 {pads=[1,1,1,1]}\nreturn %y1, %z`,
    ],
    'as an output': ['1,40,14,14', `${first}\n${second}\nreturn %y1, %y0`],
    'as a residual is added to it': [
      '1,40,14,14',
      `%c = conv2d %x, %w, %k {pads=[1,1,1,1]}\n%y0 = sum %c, %x {act="relu"}\n${second}\nreturn %y1`,
    ],
    'as it is the residual': [
      '1,40,14,14',
      `${first}\n%c = conv2d %y0, %w {pads=[1,1,1,1]}\n%y1 = sum %c, %y0\nreturn %y1`,
    ],
    'as it is only the residual': [
      '1,40,14,14',
      `${first}\n%c = conv2d %x, %w {pads=[1,1,1,1]}\n%y1 = sum %c, %y0\nreturn %y1`,
    ],
    'as the next has other padding': [
      '1,40,14,14',
      `${first}\n%y1 = conv2d %y0, %w {pads=[1,1,1,2]}\nreturn %y1`,
    ],
    'as the next pads with values': [
      '1,40,14,14',
      `${first}\n%y1 = conv2d %y0, %w, %k, %k {pads=[1,1,1,1]}\nreturn %y1`,
    ],
    'as it is too wide': ['1,40,14,17', `${first}\n${second}\nreturn %y1`],
    'as it is too narrow': ['1,40,14,12', `${first}\n${second}\nreturn %y1`],
    'as it is too high': ['1,40,66,14', `${first}\n${second}\nreturn %y1`],
  };
  test.each(Object.entries(cases))('%s', async (_, [shape, body, joints = 0]) => {
    const graph = parse(
      `graph g(%x: f32[${shape}]) {
        const %w : f32[40,40,3,3]
        const %w2 : f32[40,40,3,3]
        const %k : f32[40]
        ${body}
      }`,
      jointWeights(),
    );
    await expectJoints(graph, joints);
  });
});
