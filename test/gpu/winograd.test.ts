/** How exact the Winograd kernel is on layers as networks have them, against float64. */
import { expect, test } from 'vitest';
import { refuseSubgroups } from '../../codegen/kernels/subgroup-matmul.ts';
import { evaluate, GraphBuilder } from '../../ir/index.ts';
import { openDevice, openSession } from '../../src/runtime/index.ts';
import { randomInputs, randomTensor } from '../support/random-weights.ts';

test.each([
  [48, 24],
  [192, 14],
])(
  '%i channels of %i pixels across: off by at most 3e-6 of the greatest output, 2e-6 rms',
  async (channels, size) => {
    using device = await openDevice();
    const b = new GraphBuilder('conv');
    b.input('x', [1, channels, size, size]);
    b.constant('w', randomTensor('w', [channels, channels, 3, 3]));
    b.node('conv2d', 'y', ['x', 'w'], { pads: [1, 1, 1, 1] });
    const graph = b.finish([{ name: 'y', value: 'y' }]);
    const inputs = randomInputs(graph);
    using session = await openSession(graph, { device });
    const hasSubgroups = refuseSubgroups(device.profile) === null;
    expect(session.plan.dispatches[0]!.kernel).toBe(hasSubgroups ? 'conv-winograd' : 'conv-tiled');
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
    expect(off / greatest).toBeLessThan(3e-6);
    expect(Math.sqrt(squares / all)).toBeLessThan(2e-6);
  },
);
