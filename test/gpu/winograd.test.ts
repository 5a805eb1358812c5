/** How exact Winograd kernels are on layers as networks have them, against float64. */
import { expect, test } from 'vitest';
import { refuseSubgroups } from '../../codegen/kernels/subgroup-matmul.ts';
import { evaluate, GraphBuilder } from '../../ir/index.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { randomInputs, randomTensor } from '../support/random-weights.ts';

/** A layer's kernel, and its error as a share of the greatest output and of the root of the mean square. */
async function measure(device: Device, channels: number, size: number, kernel?: string) {
  const b = new GraphBuilder('conv');
  b.input('x', [1, channels, size, size]);
  b.constant('w', randomTensor('w', [channels, channels, 3, 3]));
  b.node('conv2d', 'y', ['x', 'w'], { pads: [1, 1, 1, 1] });
  const graph = b.finish([{ name: 'y', value: 'y' }]);
  const inputs = randomInputs(graph);
  using session = await openSession(graph, { device, lowering: kernel ? { kernel } : {} });
  const actual = (await session.run(inputs))['y']!.data;
  const wanted = evaluate(graph, inputs)['y']!.data;
  let [greatest, off, squares, all] = [0, 0, 0, 0];
  wanted.forEach((value, i) => {
    const difference = Math.abs(actual[i]! - value);
    greatest = Math.max(greatest, Math.abs(value));
    off = Math.max(off, difference);
    squares += difference ** 2;
    all += value ** 2;
  });
  return {
    taken: session.plan.dispatches[0]!.kernel,
    most: off / greatest,
    rms: Math.sqrt(squares / all),
  };
}

test.each([
  [48, 24],
  [192, 14],
])(
  '%i channels of %i pixels across: off by at most 3e-6 of the greatest output, 2e-6 rms',
  async (channels, size) => {
    using device = await openDevice();
    const { taken, most, rms } = await measure(device, channels, size);
    const hasSubgroups = refuseSubgroups(device.profile) === null;
    expect(taken).toBe(hasSubgroups ? 'conv-winograd' : 'conv-tiled');
    expect(most).toBeLessThan(3e-6);
    expect(rms).toBeLessThan(2e-6);
  },
);

test.each([
  [96, 28],
  [192, 14],
  [256, 7],
])(
  'F(2x2, 3x3), %i channels of %i pixels across: at most 1e-6, as other kernels',
  async (channels, size) => {
    using device = await openDevice();
    const { taken, most, rms } = await measure(device, channels, size, 'conv-winograd2-gemm');
    expect(taken).toBe('conv-winograd2-gemm');
    expect(most).toBeLessThan(1e-6);
    expect(rms).toBeLessThan(1e-6);
  },
);
