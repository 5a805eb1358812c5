/** Winograd convolutions by the kernels for hardware that follow each other, without the image between them. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultProfile, lower, printPlan } from '../../codegen/index.ts';
import { parse, type Graph } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { expectJoints, jointWeights } from '../support/winograd-joints.ts';
import { f2x2, f4x4 } from '../support/winograd-magnitude.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const kernels = [
  ['conv-winograd-gemm', f4x4],
  ['conv-winograd2-gemm', f2x2],
] as const;

/** Three convolutions, the second of which adds the image of the first where there is a residual. */
const chain = (
  [batch, height, width]: readonly number[],
  [c0, c1, c2, c3]: readonly number[],
  act = '',
  residual = false,
): Graph =>
  parse(
    `graph g(%x: f32[${batch},${c0},${height},${width}], %r: f32[${batch},${c2},${height},${width}]) {
      const %w0 : f32[${c1},${c0},3,3]
      const %var1 : f32[${c2},${c1},3,3]
      const %var2 : f32[${c3},${c2},3,3]
      const %b0 : f32[${c1}]
      const %b1 : f32[${c2}]
      %y0 = conv2d %x, %w0, %b0 {pads=[1,1,1,1]${act}}
      ${
        residual
          ? `%c = conv2d %y0, %var1, %b1 {pads=[1,1,1,1]}
             %y1 = sum %c, %r {${act.slice(2)}}`
          : `%y1 = conv2d %y0, %var1, %b1 {pads=[1,1,1,1]${act}}`
      }
      %y2 = conv2d %y1, %var2 {pads=[1,1,1,1]}
      return %y2
    }`,
    jointWeights(),
  );

const acts = [
  '',
  ', act="relu"',
  ', act="leakyRelu", actParams=[0.25]',
  ', act="clip", actParams=[-1,6]',
];

// Whole tiles and others, several channels in a workgroup and one, and more tiles of a channel than 256 invocations.
const sizesOf = (tile: number) => [
  [2, 14, 14],
  [1, 17, 26],
  [3, 7, 5],
  [2, 1, 3],
  [1, 9, 30],
  [1, 1, 257 * tile],
];

// Weights of later layers are positive, since errors of what cancels out would allow for too much.
describe.each(kernels)('%s', (kernel, form) => {
  const cases = sizesOf(form.result.length).map((size, i) => ({
    size,
    residual: (i % 2 === 0) === (form === f2x2),
  }));
  test.each(cases)('three convolutions, $size, residual: $residual', async ({ size, residual }) => {
    const count = fc.constantFrom(64, 65, 67, 70);
    const drawn = fc.record({
      channels: fc.tuple(count, count, count, count),
      act: fc.constantFrom(...acts),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ channels, act }) => {
        const graph = chain(size, channels, act, residual);
        await expectJoints(graph, { device, lowering: { kernel }, form, joints: 2 });
      }),
      { numRuns: 1 },
    );
  });
});

describe('which images fit in the shared memory of a workgroup', () => {
  const channels = [64, 64, 64, 64];
  test.each([
    // 16 KiB, with a pixel on both sides, filled up to whole tiles.
    ['conv-winograd2-gemm', 62, 2],
    ['conv-winograd2-gemm', 63, 0],
    ['conv-winograd-gemm', 60, 2],
    ['conv-winograd-gemm', 61, 0],
  ])('%s, %i pixels across: %i', (kernel, size, joints) => {
    const plan = lower(chain([1, size, size], channels), defaultProfile, { kernel });
    expect(printPlan(plan)).toContain(`layouts: ${6 - joints} conversions, ${joints} saved\n`);
  });
});
