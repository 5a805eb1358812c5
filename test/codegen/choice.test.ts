/** Which kernels and packings are chosen for which class of device. */
import { describe, expect, test } from 'vitest';
import { choose } from '../../codegen/choose.ts';
import { defaultProfile, lower, printPlan, type DeviceProfile } from '../../codegen/index.ts';
import type { Kernel, Plan } from '../../codegen/index.ts';
import { kernels } from '../../codegen/kernels/index.ts';
import { jobsOf } from '../../codegen/lower.ts';
import { aloneJob, jobKey, pipelinesOf } from '../../codegen/tuned.ts';
import { GraphBuilder, type Graph } from '../../ir/index.ts';
import { randomTensor } from '../support/random-weights.ts';

interface Layer {
  readonly channels: number;
  readonly size: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly group?: number;
  readonly batch?: number;
}

function conv({ channels, size, kernel = 3, stride = 1, group = 1, batch = 1 }: Layer): Graph {
  const b = new GraphBuilder('conv');
  b.input('x', [batch, channels, size, size]);
  b.constant('w', randomTensor('w', [channels, channels / group, kernel, kernel]));
  const pad = (kernel - 1) / 2;
  const pads = [pad, pad, pad, pad];
  b.node('conv2d', 'y', ['x', 'w'], { pads, strides: [stride, stride], group });
  return b.finish([{ name: 'y', value: 'y' }]);
}

const software: DeviceProfile = { ...defaultProfile, software: true };

/** Of one size, or of several, the least of which is given. */
const subgroupsOf = (subgroupSize: number | null, subgroupMinSize = subgroupSize) => ({
  features: ['subgroups'],
  subgroupSize,
  subgroupMinSize,
});

const withSubgroups = (...sizes: Parameters<typeof subgroupsOf>): DeviceProfile => ({
  ...software,
  ...subgroupsOf(...sizes),
});

const choiceOf = (layer: Layer, device: DeviceProfile) => {
  const { dispatches, weights } = lower(conv(layer), device);
  return `${dispatches[0]!.kernel}, ${weights[0]!.packing}`;
};

test.each<[string, Layer]>([
  ['conv-matmul, quads', { channels: 64, size: 14, kernel: 1 }],
  ['conv-subgroup, quads', { channels: 48, size: 112, stride: 2 }],
  ['conv-channels, quads', { channels: 96, size: 28, stride: 2 }],
  ['conv-subgroup, quads', { channels: 16, size: 28 }],
  ['conv-channels, quads', { channels: 64, size: 14, kernel: 1, stride: 2 }],
  ['conv-depthwise-rows, plain', { channels: 32, size: 14, group: 32 }],
])('%s for %o in subgroups of 8', (wanted, layer) => {
  expect(choiceOf(layer, withSubgroups(8))).toBe(wanted);
});

describe('transposed convolutions', () => {
  const transposed = (size: number, outputs: number, group = 1, isComputed = false): Graph => {
    const b = new GraphBuilder('transposed');
    b.input('x', [1, 32, size, size]);
    if (isComputed) b.input('w', [32, outputs, 4, 4]);
    else b.constant('w', randomTensor('w', [32, outputs, 4, 4]));
    const attrs = { strides: [2, 2], pads: [1, 1, 1, 1], group };
    b.node('convTranspose2d', 'y', ['x', 'w', null], attrs);
    return b.finish([{ name: 'y', value: 'y' }]);
  };
  const chosen = (graph: Graph, device: DeviceProfile) => {
    const { dispatches, weights } = lower(graph, device);
    return [dispatches[0]!.kernel, ...weights.map(({ packing }) => packing)].join(', ');
  };
  const hardware = { ...defaultProfile, software: false };

  test.each([2, 7, 14, 56])('by phases at %i, with one packing', (size) => {
    const graph = transposed(size, 16);
    expect(chosen(graph, withSubgroups(8))).toBe('conv-transpose-subgroup, transposedQuads');
    expect(chosen(graph, withSubgroups(4))).toBe('conv-transpose-tiled, transposedQuads');
    expect(chosen(graph, software)).toBe('conv-transpose-tiled, transposedQuads');
    expect(chosen(graph, hardware)).toMatch(/, transposedQuads$/);
  });

  test('by phases on hardware where there is enough to do', () => {
    expect(chosen(transposed(56, 16), hardware)).toBe('conv-transpose-tiled, transposedQuads');
  });

  test('one by one where weights are computed, or groups are no multiples of four outputs', () => {
    for (const device of [withSubgroups(8), hardware]) {
      expect(chosen(transposed(7, 16, 1, true), device)).toBe('conv-transpose-direct');
      expect(chosen(transposed(7, 1, 32), device)).toBe('conv-transpose-direct, plain');
    }
    expect(chosen(transposed(7, 4, 4), withSubgroups(8))).toBe(
      'conv-transpose-subgroup, transposedQuads',
    );
  });
});

test.each([4, 8, 16])(
  'a layer has one packing, whatever the size of its images, in subgroups of %i',
  (lanes) => {
    const choices = [1, 2, 3, 7, 14, 40].flatMap((size) =>
      [1, 8].map((batch) => choiceOf({ channels: 48, size, batch }, withSubgroups(lanes))),
    );
    expect(new Set(choices)).toEqual(new Set(['conv-winograd, winograd']));
  },
);

test.each([
  ['none', software],
  ['subgroups of 32', withSubgroups(32)],
  ['subgroups that differ', withSubgroups(null, 8)],
])('kernels without subgroups where there are %s', (_, device) => {
  expect(choiceOf({ channels: 48, size: 14 }, device)).toBe('conv-tiled, quads');
  expect(choiceOf({ channels: 64, size: 14, kernel: 1 }, device)).toBe('conv-pointwise, quads');
});

test('where the transformed image is too large to be bound, another kernel takes the layer', () => {
  const limits = { ...defaultProfile.limits, maxStorageBufferBindingSize: 2 ** 18 };
  const layer = { channels: 48, size: 28 };
  expect(choiceOf(layer, { ...withSubgroups(8), limits })).toBe('conv-subgroup, quads');
});

describe('on hardware', () => {
  const subgroups = {
    'no subgroups': {},
    'subgroups of 4': subgroupsOf(4),
    'subgroups of 32': subgroupsOf(32),
    'subgroups of 64': subgroupsOf(64),
    'subgroups of 8 to 32': subgroupsOf(null, 8),
  };
  // Products by shuffles are there to be measured: by estimate they are a little slower.
  test.each(Object.entries(subgroups))('a product by workgroups with %s', (name, sizes) => {
    const device = { ...defaultProfile, ...sizes };
    const layers = [
      { channels: 48, size: 56, stride: 2 },
      { channels: 48, size: 56, kernel: 1 },
      { channels: 64, size: 14, kernel: 1 },
      { channels: 128, size: 28, kernel: 1, batch: 8 },
    ];
    for (const layer of layers) expect(choiceOf(layer, device)).toBe('conv-gemm, quads');
    const winograd = lower(conv({ channels: 192, size: 14 }), device);
    expect(winograd.dispatches.map(({ label }) => label)).toEqual(['patches', '16x64', 'outputs']);
    const count = (on: DeviceProfile) =>
      lower(conv(layers[2]!), on).dispatches[0]!.selection!.candidates;
    // Six tiles, each with the sum in one part.
    const more = name === 'no subgroups' ? 0 : 6;
    expect(count(device)).toBe(count(defaultProfile) + more);
  });

  test('a profile that does not say how small subgroups are has no products by shuffles', () => {
    const { subgroupMinSize: _, ...older } = { ...defaultProfile, features: ['subgroups'] };
    const layer = conv({ channels: 64, size: 14, kernel: 1 });
    const lowering = () => lower(layer, older as never, { kernel: 'conv-gemm-shuffled' });
    expect(lowering).toThrow('the device has no subgroups');
  });

  test('products by shuffles are the same on all devices of enough lanes', () => {
    const wgslOn = (...sizes: Parameters<typeof subgroupsOf>) =>
      lower(
        conv({ channels: 64, size: 14, kernel: 1 }),
        { ...defaultProfile, ...subgroupsOf(...sizes) },
        { kernel: 'conv-gemm-shuffled' },
      ).pipelines.map(({ wgsl }) => wgsl);
    expect(wgslOn(64)).toEqual(wgslOn(32));
    expect(wgslOn(null, 16)).toEqual(wgslOn(32));
    expect(wgslOn(null, 8)).not.toEqual(wgslOn(32));
  });

  test.each<[string, Layer]>([
    ['conv-unrolled, plain', { channels: 64, size: 56, group: 64 }],
    ['conv-unrolled, plain', { channels: 60, size: 28, group: 20 }],
    ['conv-unrolled, quads', { channels: 128, size: 28, group: 32 }],
    ['conv-gemm, quads', { channels: 128, size: 28, group: 2 }],
    ['conv-winograd-gemm, winograd', { channels: 64, size: 56 }],
    ['conv-winograd-gemm, winograd', { channels: 256, size: 14, batch: 8 }],
    ['conv-winograd2-gemm, winograd2', { channels: 192, size: 14 }],
    ['conv-gemm, quads', { channels: 512, size: 7 }],
    ['conv-gemm, quads', { channels: 48, size: 56 }],
    ['conv-direct, plain', { channels: 64, size: 56, group: 64, kernel: 9 }],
  ])('%s for %o', (wanted, layer) => {
    expect(choiceOf(layer, defaultProfile)).toBe(wanted);
  });

  test.each([
    [1, 14],
    [2, 7],
  ])('enough workgroups for %i images of %i pixels across', (batch, size) => {
    const { dispatches } = lower(conv({ channels: 192, size, kernel: 1, batch }), defaultProfile);
    const groups = ([x, y, z]: readonly number[]) => x! * y! * z!;
    expect(groups(dispatches[0]!.workgroups)).toBeGreaterThanOrEqual(40);
  });

  test('a sum is only split where it makes up for a second dispatch', () => {
    const count = (size: number) =>
      lower(conv({ channels: 192, size, stride: 2 }), defaultProfile).dispatches.length;
    expect([count(14), count(112)]).toEqual([2, 1]);
  });

  test('a layer alone is too small for Winograd, several that hand patches on are not', () => {
    const b = new GraphBuilder('chain');
    b.input('y0', [1, 128, 14, 14]);
    const ids = Array.from({ length: 4 }, (_, i) => `y${i + 1}`);
    ids.forEach((id, i) => {
      b.constant(`w${i}`, randomTensor(`w${i}`, [128, 128, 3, 3]));
      b.node('conv2d', id, [`y${i}`, `w${i}`], { pads: [1, 1, 1, 1] });
    });
    const graph = b.finish([{ name: 'y', value: 'y4' }]);
    const kernelsOf = (plan: Plan) => [...new Set(plan.dispatches.map(({ kernel }) => kernel))];
    const plan = lower(graph, defaultProfile);
    expect(kernelsOf(plan)).toEqual(['conv-winograd2-gemm']);
    expect(printPlan(plan)).toContain('layouts: 5 conversions, 3 saved\n');
    const alone = lower(conv({ channels: 128, size: 14 }), defaultProfile);
    expect(kernelsOf(alone)).toEqual(['conv-gemm']);
    // What was measured to be best for each stays.
    const { job, kernels } = jobsOf(graph)[0]!;
    const { kernel, candidate } = choose(kernels, aloneJob(job), defaultProfile);
    const { label } = candidate;
    const tuned = { [jobKey(job)]: { kernel, label, pipelines: pipelinesOf(candidate) } };
    expect(kernelsOf(lower(graph, defaultProfile, { tuned }))).toEqual(['conv-gemm']);
  });

  test.each([
    ['linear-reduce', 1],
    ['linear-reduce', 2],
    ['linear-gemm', 64],
  ])('%s for %i rows', (wanted, rows) => {
    const b = new GraphBuilder('linear');
    b.input('x', [rows, 1280]);
    b.constant('w', randomTensor('w', [1000, 1280]));
    b.node('linear', 'y', ['x', 'w']);
    const { dispatches } = lower(b.finish([{ name: 'y', value: 'y' }]), defaultProfile);
    expect(dispatches[0]!.kernel).toBe(wanted);
  });
});

test('a plan tells how many candidates there were', () => {
  const selectionOf = (layer: Layer, device: DeviceProfile, kernel?: string) =>
    lower(conv(layer), device, kernel ? { kernel } : {}).dispatches[0]!.selection;
  const layer = { channels: 48, size: 28 };
  const all = selectionOf(layer, software)!;
  expect(all.by).toBe('estimate');
  const named = selectionOf(layer, software, 'conv-tiled')!;
  expect(named.candidates).toBeLessThan(all.candidates);
  expect(selectionOf(layer, software, 'conv-direct')).toEqual({ candidates: 1, by: 'estimate' });
  // A kernel that claims the layer leaves the others out.
  const claimed = selectionOf(layer, withSubgroups(8), 'conv-winograd');
  expect(selectionOf(layer, withSubgroups(8))).toEqual(claimed);
});

test('kernels of layers say what they are made for, but for those that are for all devices', () => {
  const anyLayer = ['conv-direct', 'conv-transpose-direct', 'linear-direct'];
  // Its workgroups differ by the class of the device.
  const general = [...anyLayer, 'conv-transpose-tiled'].toSorted();
  const layers = [...kernels.conv2d, ...kernels.convTranspose2d, ...kernels.linear];
  const silent = (layers as readonly Kernel[]).filter(({ madeFor }) => madeFor === undefined);
  expect(silent.map(({ name }) => name).toSorted()).toEqual(general);
});

describe('lines of elements', () => {
  const kernelOf = (
    op: 'globalAveragePool' | 'softmax',
    shape: readonly number[],
    on: DeviceProfile,
  ) => {
    const b = new GraphBuilder('lines');
    b.input('x', shape);
    if (op === 'softmax') b.node('softmax', 'y', ['x'], { axis: 1 });
    else b.node('globalAveragePool', 'y', ['x']);
    const graph = b.finish([{ name: 'y', value: 'y' }]);
    return lower(graph, on).dispatches.map(({ kernel, label }) => `${kernel} ${label}`.trim());
  };

  test.each([
    ['global-average-pool-shared x16', 'globalAveragePool', [1, 1280, 7, 7]],
    ['global-average-pool', 'globalAveragePool', [1, 1280, 1, 1]],
    ['softmax-shared x64', 'softmax', [1, 1000]],
    ['softmax-shared x4', 'softmax', [8, 21, 128, 128]],
    ['softmax', 'softmax', [8, 2, 128, 128]],
  ] as const)('%s on hardware for %s %o', (wanted, op, shape) => {
    expect(kernelOf(op, shape, defaultProfile)).toEqual([wanted]);
  });
  test.each([
    ['global-average-pool', 'globalAveragePool', [1, 1280, 7, 7]],
    ['softmax', 'softmax', [1, 1000]],
  ] as const)('%s on software for %s %o', (wanted, op, shape) => {
    expect(kernelOf(op, shape, software)).toEqual([wanted]);
  });
});
