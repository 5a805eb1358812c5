import { expect, test } from 'vitest';
import { parse } from '../../src/index.ts';
import type { DispatchProfile, Profile } from '../../src/index.ts';
import { randomWeights } from '../support/random-weights.ts';
import { printLayers, printMethod, profileLayers } from '../../src/profile/index.ts';

/** y = relu(conv(x) + x), which one kernel computes; z is a copy of x. */
const graph = parse(
  `graph net(%x: f32[1,2,4,4]) {
  const %w : f32[2,2,3,3]
  %c = conv2d %x, %w {pads=[1,1,1,1]}
  %s = sum %c, %x {act="relu"}
  %p = globalAveragePool %s
  return p=%p, s=%x
}`,
  randomWeights('profile'),
);

const dispatch = (
  node: string,
  covers: string[],
  us: number,
  more: Partial<DispatchProfile> = {},
): DispatchProfile => ({
  node,
  covers,
  kernel: 'conv-winograd',
  label: '',
  selection: { candidates: 12, by: 'estimate' },
  conversions: 0,
  workgroups: [1, 1, 1],
  times: 1,
  us: { min: us / 2, p25: us, median: 2 * us },
  ...more,
});

const profile: Profile = {
  clock: 'timestamp-query',
  rounds: 10,
  roofline: { flops: 1e9, bytes: 2e9 },
  dispatches: [
    dispatch('s', ['c', 's'], 2, { label: 'patches', conversions: 1 }),
    dispatch('s', ['c', 's'], 1, { label: 'rows2x16', conversions: 2 }),
    // An output of the graph that has the name of a node.
    dispatch('s', [], 1, { kernel: 'copy', selection: null }),
    dispatch('p', ['p'], 4, { kernel: 'pool', selection: { candidates: 3, by: 'measurement' } }),
  ],
};

test('dispatches of a layer count together, against what the layer counts', () => {
  const [conv, copy, pool, ...others] = profileLayers(graph, profile);
  expect(others).toEqual([]);
  const flops = 2 * 16 * 2 * 18;
  // x once, though the sum reads it too; the weights; the sum. What lies between is never in memory.
  const bytes = 4 * (32 + 36 + 32);
  expect(conv).toEqual({
    node: 's',
    covers: ['c', 's'],
    what: 'conv 3×3 + sum, 2→2',
    kernel: 'conv-winograd patches + rows2x16',
    candidates: 12,
    tuned: false,
    dispatches: 2,
    conversions: 2,
    saved: 1,
    us: { min: 1.5, p25: 3, median: 6 },
    share: 3 / 8,
    flops,
    bytes,
    gflops: flops / 3000,
    gigabytes: bytes / 3000,
    // By arithmetic 1.152 us, by memory 0.2.
    ofRoofline: 1.152 / 3,
  });
  expect(pool).toMatchObject({ kernel: 'pool', candidates: 3, tuned: true, bytes: 4 * (32 + 2) });
  expect(pool!.ofRoofline).toBeCloseTo((4 * 34) / 2000 / 4, 12);
  expect(copy).toMatchObject({ node: 's', covers: [], candidates: 0, flops: 0, bytes: 8 * 32 });
});

test('a value that others read as well is written', () => {
  const fused = parse(`graph net(%x: f32[1,2,4,4]) {
    %r = relu %x
    %s = sigmoid %r
    return %r, %s
  }`);
  const dispatches = [dispatch('s', ['r', 's'], 1)];
  const [layer] = profileLayers(fused, { ...profile, dispatches });
  expect(layer!.bytes).toBe(3 * 4 * 32);
});

test('without the roofline there is no share of it', () => {
  const layers = profileLayers(graph, { ...profile, roofline: null });
  expect(layers.map(({ ofRoofline }) => ofRoofline)).toEqual([null, null, null]);
  expect(printLayers(layers)).not.toMatch(/NaN|null/);
});

test('as text', () => {
  const lines = printLayers(profileLayers(graph, profile)).split('\n');
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  expect(cells).toEqual([
    ['layer', 'kernel', 'candidates', 'µs', 'share', 'GFLOP/s', 'GB/s', 'roofline'],
    [
      's',
      'conv 3×3 + sum, 2→2',
      'conv-winograd patches + rows2x16',
      '12',
      '3.0',
      '37.5 %',
      '0.4',
      '0.1',
      '38.4 %',
    ],
    ['s', 'copy', 'copy', '1.0', '12.5 %', '0.0', '0.3', '12.8 %'],
    ['p', 'global average, 2×1×1', 'pool', '3 measured', '4.0', '50.0 %', '0.0', '0.0', '1.7 %'],
    ['together', '4 dispatches, 2 of them conversions of layout (1 saved)', '8.0', '0.1', '0.1'],
  ]);
  expect(printMethod(profile)).toBe(
    '25th percentiles of 10 rounds, by timestamps around each dispatch; ' +
      'in the same rounds the GPU did 1.0 GFLOP/s of multiply-adds and copied 2.0 GB/s',
  );
  expect(printMethod({ ...profile, clock: 'wall', roofline: null })).toBe(
    '25th percentiles of 10 rounds, by the wall clock around each dispatch, some 100 µs of which are its submission',
  );
});
